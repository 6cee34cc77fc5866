"""A person's finding over HTTP, now or at any time that is on record, explained in the asked language."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Path, Query

from chassis.clock import Clock
from chassis.http.auth import Principal, requires
from chassis.http.body import Moment
from chassis.http.problems import FieldError, Problem
from chassis.http.standard import INVALID, NOT_FOUND
from chassis.http.wording import language_of
from healthcode.identity import InvalidIdNumber
from healthcode.values import IdType
from services.audit.api.explained import FindingOut, shown
from services.audit.api.past import MOST, PastPage, past_page
from services.audit.api.problems import IDENTITY_UNVERIFIED, NONE_THEN, NOT_KEPT
from services.audit.api.texts import Reasons
from services.audit.handlers.finding import Explained, explain, explain_then
from services.audit.handlers.review import Judge
from services.audit.ports.entry import Pseudonymise
from services.audit.ports.finding import FindingStore
from services.audit.ports.history import HistoryStore

Citizen = Annotated[Principal, Depends(requires("citizen"))]
At = Annotated[
    Moment | None,
    Query(description="a time in the past; without, now", examples=["2020-02-11T10:00:00+08:00"]),
]
Language = Annotated[str, Header(alias="accept-language")]
Cursor = Annotated[int | None, Query(ge=1, le=2**62)]
Limit = Annotated[int, Query(ge=1, le=MOST)]
MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Books:
    """What findings are explained from; `days`: for so long they are kept."""

    findings: FindingStore
    history: HistoryStore
    judge: Judge
    reasons: Reasons
    clock: Clock
    days: int

    async def explained(self, subject: str, at: datetime | None) -> Explained:
        """The finding of a time. Answers 404 where there is none, 410 where it is past what is kept."""
        now = self.clock.now()
        if at is None:
            explained = await explain(self.findings, self.judge, subject, now)
            if explained is None:
                raise Problem(NOT_FOUND)
            return explained
        since = now - timedelta(days=self.days)
        if at > now + MINUTE:  # clocks differ a little
            raise Problem(INVALID, errors=[FieldError("not_yet", parameter="query:at")])
        if at < since:
            raise Problem(NOT_KEPT, days=self.days, since=since.isoformat(timespec="seconds"))
        explained = await explain_then(self.findings, self.history, self.judge, subject, at)
        if explained is None:
            raise Problem(NONE_THEN)
        return explained


def router(books: Books, pseudonymise: Pseudonymise) -> APIRouter:
    """The routes of findings: an officer's view of anybody, and each citizen's of themselves."""
    routes = APIRouter(tags=["findings"])

    def out(subject: str, explained: Explained, language: str, *, official: bool) -> FindingOut:
        lang, zone = language_of(language), books.judge.timezone
        return shown(subject, explained, books.reasons, lang, zone, official=official)

    @routes.get(
        "/v1/subjects/{subject}/finding",
        summary="A person's finding, with every rule considered, every fact with its source, and the way out",
        dependencies=[Depends(requires("officer", own_region=True))],
    )
    async def show(
        subject: Annotated[str, Path(max_length=64)], at: At = None, accept_language: Language = ""
    ) -> FindingOut:
        return out(subject, await books.explained(subject, at), accept_language, official=True)

    @routes.get("/v1/me/finding", summary="One's own finding, explained (我的评定结果)")
    async def own(caller: Citizen, at: At = None, accept_language: Language = "") -> FindingOut:
        subject = subject_of(caller, pseudonymise)
        return out(subject, await books.explained(subject, at), accept_language, official=False)

    @routes.get(
        "/v1/subjects/{subject}/findings",
        summary="The findings on record of a person, the latest first",
        dependencies=[Depends(requires("officer", own_region=True))],
    )
    async def all_of(
        subject: Annotated[str, Path(max_length=64)],
        cursor: Cursor = None,
        limit: Limit = MOST,
        accept_language: Language = "",
    ) -> PastPage:
        lang = language_of(accept_language)
        return await past_page(books.history, books.reasons, subject, cursor, limit, lang)

    @routes.get("/v1/me/findings", summary="One's own findings on record, the latest first (我的历史评定)")
    async def all_own(
        caller: Citizen, cursor: Cursor = None, limit: Limit = MOST, accept_language: Language = ""
    ) -> PastPage:
        subject, lang = subject_of(caller, pseudonymise), language_of(accept_language)
        return await past_page(books.history, books.reasons, subject, cursor, limit, lang)

    return routes


def subject_of(caller: Principal, pseudonymise: Callable[[IdType, str], str]) -> str:
    """The caller's own pseudonym, by the document that the identity provider has checked. Answers 403 without one."""
    try:
        return pseudonymise(IdType(caller.id_type or ""), caller.id_number or "")
    except (InvalidIdNumber, ValueError):
        raise Problem(IDENTITY_UNVERIFIED) from None
