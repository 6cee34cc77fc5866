"""Who watches me, what I count as there, and the token that shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from chassis.http.auth import Principal, requires
from chassis.http.body import Body
from chassis.http.problems import FieldError, Problem, problem_type
from chassis.http.standard import INVALID
from chassis.http.wording import field_text, language_of
from healthcode.identity import InvalidIdNumber
from healthcode.values import Color, IdType
from services.recognition.api import EXAMPLE, NO_IDENTITY, Deps, Handle
from services.recognition.domain.explain import explain, of_watch
from services.recognition.domain.home import HomeCode, Watch
from services.recognition.domain.translation import Translation
from services.recognition.handlers.watch import my_watches
from services.recognition.ports import Pseudonymise

Citizen = Annotated[Principal, Depends(requires("citizen"))]
COORDINATE: Final = "^[A-Za-z0-9_-]{43}$"

NO_WATCH: Final = problem_type(
    "no-such-watch",
    404,
    "3404",
    "No region watches you under this handle",
    "没有以此编号关注您的地区",
    detail_en="Take a handle from GET /v1/me/watches; a watch that is over has none any more.",
    detail_zh="请使用 GET /v1/me/watches 中的编号；已结束的关注不再有效。",
)
field_text("no_point", "Give a public key on the curve P-256.", "请提供 P-256 曲线上的公钥。")


class WatchAnswer(BaseModel):
    """A region that is told of every change of one's color."""

    handle: str = Field(examples=[EXAMPLE], description="show it where one is asked for one's home code")
    destination: str = Field(examples=["330000"])
    purpose: str = Field(examples=["trip"])
    opened_at: datetime | None
    until: datetime
    color: Color | None = Field(examples=["red"], description="what one counts as there, by that region's table")
    explanation: list[str] = Field(
        description="how: the same sentences as are shown there; empty: its table is not here"
    )


class WatchList(BaseModel):
    """Every region that is."""

    items: list[WatchAnswer]


class HolderKey(Body):
    """A public key (RFC 7517)."""

    model_config = ConfigDict(extra="ignore")

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str = Field(pattern=COORDINATE, examples=["f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"])
    y: str = Field(pattern=COORDINATE, examples=["x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"])


class Confirmation(Body):
    """The holder's key."""

    jwk: HolderKey


class TokenIn(Body):
    """For which device the token is to be."""

    cnf: Confirmation


class TokenOut(BaseModel):
    """The guest's token: show it at the destination with a proof by the key."""

    token: str = Field(examples=["eyJhbGciOiJFUzI1NiJ9…"])
    destination: str = Field(examples=["330000"])
    until: datetime


@dataclass(frozen=True, slots=True)
class WatchDeps:
    """What the routes need. `tables`: those of other regions that are published; `token` signs for a device."""

    base: Deps
    pseudonymise: Pseudonymise
    own: Translation
    tables: Mapping[str, Translation]
    token: Callable[[Watch, Mapping[str, Any], datetime], str]


def watch_router(deps: WatchDeps) -> APIRouter:
    """`/v1/me/watches`, in regions that issue codes."""
    routes = APIRouter(prefix="/v1/me/watches", tags=["recognition"])

    @routes.get("")
    async def read_own_watches(caller: Citizen, request: Request) -> WatchList:
        """Which regions are told of one's color, for what, until when, and what they make of it."""
        subject = _subject(deps, caller)
        watches = await my_watches(deps.base.views, subject, deps.base.clock.now())
        code = await deps.base.views.code(subject) or HomeCode()
        return WatchList(items=[_answer(deps, code, watch, request) for watch in watches])

    @routes.post("/{handle}/guest-token")
    async def make_guest_token(handle: Handle, caller: Citizen, said: TokenIn) -> TokenOut:
        """A token for one's device, which opens the guest's page there and is what a gate matches.

        One may be made as often as one likes: each is good until the watch is over. No Idempotency-Key.
        """
        now = deps.base.clock.now()
        watches = await my_watches(deps.base.views, _subject(deps, caller), now)
        watch = next((watch for watch in watches if watch.handle == handle), None)
        if watch is None:
            raise Problem(NO_WATCH)
        try:
            token = deps.token(watch, said.cnf.jwk.model_dump(), now)
        except ValueError:
            raise Problem(INVALID, errors=[FieldError("no_point", pointer="#/cnf/jwk")]) from None
        return TokenOut(token=token, destination=watch.destination, until=watch.until)

    return routes


def _subject(deps: WatchDeps, caller: Principal) -> str:
    try:
        return deps.pseudonymise(IdType(caller.id_type or ""), caller.id_number or "")
    except (InvalidIdNumber, ValueError):
        raise Problem(NO_IDENTITY) from None


def _answer(deps: WatchDeps, code: HomeCode, watch: Watch, request: Request) -> WatchAnswer:
    there = deps.tables.get(watch.destination)
    reckoned = of_watch(deps.base.region, deps.own, code, watch, there) if there else None
    lang = language_of(request.headers.get("accept-language", ""))
    return WatchAnswer(
        handle=watch.handle or "",
        destination=watch.destination,
        purpose=watch.purpose,
        opened_at=watch.opened_at,
        until=watch.until,
        color=reckoned.color if reckoned else None,
        explanation=explain(reckoned, lang) if reckoned else [],
    )
