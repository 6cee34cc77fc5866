"""Guests for checkpoints and officers, watches for the citizen concerned, the national catalogue for everybody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from chassis.clock import Clock
from chassis.http.auth import Principal, requires
from chassis.http.problems import Problem, problem_type
from chassis.http.wording import language_of
from healthcode.credential.trust_list import KIND as TRUST_LIST
from healthcode.values import Color, EvidenceClass, Status, Way, label
from services.recognition.domain.explain import explain, of_guest
from services.recognition.domain.guest import Guest
from services.recognition.domain.link import Link, Silence, freshness
from services.recognition.ports import Views

HANDLE: Final = "^[0-9a-f]{32}$"
EXAMPLE: Final = "5f0c3ab1d2e94c7788aa10b2c3d4e5f6"

Reader = Annotated[Principal, Depends(requires("checkpoint", "officer", own_region=True))]
Officer = Annotated[Principal, Depends(requires("officer", own_region=True))]
Handle = Annotated[str, Path(pattern=HANDLE, examples=[EXAMPLE], description="the name of the watch")]
Cursor = Annotated[str | None, Query(pattern=HANDLE, examples=[EXAMPLE], description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=100)]

NO_GUEST: Final = problem_type(
    "no-such-guest",
    404,
    "3401",
    "Nobody is a guest here under this handle",
    "本地区没有此编号的来访人员",
    detail_en="The watch is over or was never announced: ask the person to declare the trip at home, then try again.",
    detail_zh="行程关注已结束或从未登记：请其在所属地区申报行程后重试。",
)
NO_IDENTITY: Final = problem_type(
    "no-verified-identity",
    403,
    "2401",
    "Your account names no verified identity document",
    "账号尚未实名认证",
    detail_en="Verify your identity with the identity provider, sign in again and repeat this.",
    detail_zh="请先完成实名认证，重新登录后再试。",
)


class GuestAnswer(BaseModel):
    """What a person from another region counts as here, and why."""

    handle: str = Field(examples=[EXAMPLE])
    origin: str = Field(examples=["420000"], description="the region whose code it is, and which answers for it")
    way: Way
    color: Color
    word: str = Field(examples=["红码"], description="the color in the caller's language")
    status: Status = Field(description="the national status")
    evidence: EvidenceClass
    rule: str = Field(
        examples=["01/contact → red"],
        description="the row of this region's translation.yaml, or why the home's code does not count: "
        "`suspended-region`, `unknown-region`",
    )
    since: datetime
    until: datetime | None
    home_color: Color | None = Field(examples=["yellow"], description="the color at home; null: none that is told yet")
    home_rule: str | None = Field(
        examples=["yellow/contact → 01"], description="the row of the home's translation.yaml"
    )
    explanation: list[str] = Field(description="the same, in sentences; the home shows the person the same ones")
    code_at: datetime = Field(description="when the code changed at home")
    changed_at: datetime = Field(description="when it did here")
    purpose: str = Field(examples=["trip"])
    watched_until: datetime
    as_of: datetime = Field(description="up to then it is known that home says so")
    age_seconds: int = Field(examples=[4], description="how long ago that was")
    silence: Silence | None = Field(examples=[None], description="what is silent: `hub`, or `home` behind it")
    silence_word: str | None = Field(examples=[None], description="in the caller's language")


class GuestPage(BaseModel):
    """A page of guests, in no meaningful order."""

    items: list[GuestAnswer]
    next: str | None


@dataclass(frozen=True, slots=True)
class Deps:
    """What the routes need."""

    clock: Clock
    views: Views
    way: Way
    region: str
    seen: Callable[[Guest], Guest] = lambda guest: guest
    """A guest as the home counts at this moment."""


def guest_router(deps: Deps) -> APIRouter:
    """`/v1/guests`, in regions that have guests."""
    routes = APIRouter(prefix="/v1/guests", tags=["recognition"])

    @routes.get("/{handle}")
    async def read_guest(handle: Handle, _: Reader, request: Request) -> GuestAnswer:
        """What a person from another region counts as here."""
        guest = await deps.views.guest(handle)
        if guest is None or guest.watched_until <= deps.clock.now():
            raise Problem(NO_GUEST)
        return guest_answer(deps.seen(guest), await deps.views.links(), deps, request)

    @routes.get("")
    async def list_guests(_: Officer, request: Request, cursor: Cursor = None, limit: Limit = 20) -> GuestPage:
        """Everybody from other regions who is watched here."""
        guests = await deps.views.guests(cursor or "", limit + 1)
        links = await deps.views.links()
        items = [guest_answer(deps.seen(guest), links, deps, request) for guest in guests[:limit]]
        return GuestPage(items=items, next=guests[limit - 1].handle if len(guests) > limit else None)

    return routes


def catalogue_router(document: Callable[[], dict[str, Any]]) -> APIRouter:
    """`/v1/catalogue`, everywhere."""
    routes = APIRouter(tags=["recognition"])

    @routes.get("/v1/catalogue")
    async def read_catalogue() -> JSONResponse:
        """The national catalogue as this region goes by it: the regions, their ways and their public keys."""
        return JSONResponse(document(), headers={"Cache-Control": "public, max-age=60"})

    return routes


class SignedTrust(Response):
    """A signed trust list."""

    media_type = TRUST_LIST


def trust_router(signed: Callable[[], bytes]) -> APIRouter:
    """`/v1/trust-list`, at the nation."""
    routes = APIRouter(tags=["recognition"])

    @routes.get("/v1/trust-list", response_class=SignedTrust)
    async def read_trust_list() -> Response:
        """Which regions there are and with which keys they sign codes, signed by the nation for verifiers."""
        return SignedTrust(signed(), headers={"Cache-Control": "public, max-age=60"})

    return routes


def guest_answer(guest: Guest, links: Mapping[str, Link], deps: Deps, request: Request) -> GuestAnswer:
    """A guest, in the caller's language. `links`: when each region was heard last."""
    now, lang = deps.clock.now(), language_of(request.headers.get("accept-language", ""))
    fresh = freshness(links, guest.origin, guest.changed_at, now)
    return GuestAnswer(
        handle=guest.handle,
        origin=guest.origin,
        way=deps.way,
        color=guest.color,
        word=label(guest.color, lang),
        status=guest.shown,
        evidence=guest.evidence,
        rule=guest.rule,
        home_color=guest.home_color,
        home_rule=guest.home_rule,
        explanation=explain(of_guest(guest, deps.region), lang),
        since=guest.since,
        until=guest.until,
        code_at=guest.code_at,
        changed_at=guest.changed_at,
        purpose=guest.purpose,
        watched_until=guest.watched_until,
        as_of=fresh.as_of,
        age_seconds=int((now - fresh.as_of).total_seconds()),
        silence=fresh.silence,
        silence_word=label(fresh.silence, lang) if fresh.silence else None,
    )
