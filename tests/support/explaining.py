"""The routes of findings and replays over stores in memory, for tests of what they answer."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI

from chassis.http.app import create_app
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity
from healthcode.events import Event
from healthcode.values import IdType
from services.audit.api import finding, replay
from services.audit.api.texts import Reasons
from services.audit.domain import PolicyAct
from services.audit.handlers.review import Judge, review_events
from services.audit.ports.finding import FactOrigin, Reviewed
from services.audit.ports.review import AreaRow
from tests.twins.audit import HistoryTwin, ReviewTwin
from tests.twins.audit_behaviour import NOW
from tests.twins.audit_judge import judge

REGION = "330000"
DAYS = 180


class FindingTwin:
    """Implements FindingStore over a ReviewTwin; `origins` are by fact."""

    def __init__(self, reviews: ReviewTwin, entered: Mapping[str, FactOrigin]) -> None:
        self.reviews, self.entered = reviews, entered

    async def reviewed(self, subject: str) -> Reviewed | None:
        held = self.reviews.dossiers.get(subject)
        return None if held is None else Reviewed(held.facts, held.digest, NOW, self.reviews.reference)

    async def areas(self) -> tuple[int, Iterable[AreaRow]]:
        return await self.reviews.areas()

    async def policy_acts(self) -> list[PolicyAct]:
        return await self.reviews.policy_acts()

    async def origins(self, facts: Sequence[str]) -> list[FactOrigin]:
        return [self.entered[fact] for fact in facts if fact in self.entered]


class Explaining:
    """A worker, its clock, and the app that explains; a citizen's number is their subject."""

    def __init__(self) -> None:
        self.judge: Judge = judge()
        self.reviews, self.entered = ReviewTwin(), dict[str, FactOrigin]()
        self.history = HistoryTwin(self.reviews.history)
        self.identity, self.time = DemoIdentity(), NOW

    def now(self) -> datetime:
        return self.time

    async def review(self, *events: Event) -> None:
        await review_events(self.reviews, self.judge, events, self.time)

    def app(self) -> FastAPI:
        settings = ChassisSettings(region=REGION, kafka_bootstrap="-", database_url="postgresql://-")
        app = create_app(
            title="audit", version="0", settings=settings, clock=self, checks=[],
            authenticator=self.identity.authenticator(REGION),
        )  # fmt: skip
        store, texts = FindingTwin(self.reviews, self.entered), Reasons.read(Path("regions") / REGION)
        books = finding.Books(store, self.history, self.judge, texts, self, DAYS)
        app.include_router(finding.router(books, _number))
        app.include_router(replay.router(self.history, self.reviews, self.judge))
        return app

    def token(self, *roles: str, number: str | None = None) -> str:
        id_type = None if number is None else IdType.PASSPORT.value
        return self.identity.token("x1", roles=list(roles), region=REGION, id_type=id_type, id_number=number)


def _number(_kind: IdType, number: str) -> str:
    if not number:
        raise ValueError("no number")
    return number
