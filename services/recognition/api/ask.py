"""What a checkpoint learns of somebody whom this region has asked another one about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, get_args

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field

from chassis.http.auth import Principal, requires
from chassis.http.body import Body, Moment
from chassis.http.problems import FieldError, Problem, problem_type
from chassis.http.standard import INVALID
from chassis.http.wording import field_text
from healthcode.identity import InvalidIdNumber, InvalidIdReason, normalise_id
from healthcode.values import IdType
from services.recognition.api import EXAMPLE, HANDLE, NO_IDENTITY, Deps, GuestAnswer, Reader, guest_answer
from services.recognition.domain.ask import Ask, Asking, State, digest_of
from services.recognition.domain.sought import ByDocument
from services.recognition.handlers.ask import NobodyToAsk, register
from services.recognition.ports.ask import Asks, AskViews

CREDENTIAL: Final = "^[0-9a-f]{32}$"
Credential = Annotated[
    str,
    Path(pattern=CREDENTIAL, examples=["00112233445566778899aabbccddeeff"], description="`guest` of a verification"),
]

NOT_ASKED: Final = problem_type(
    "not-asked",
    404,
    "3402",
    "Nothing was asked about this",
    "未就此发起查询",
    detail_en="Scan the code once more, and ask again in a few seconds; what is old is forgotten.",
    detail_zh="请重新扫码，数秒后再查；过期的查询已清除。",
)

NOBODY_TO_ASK: Final = problem_type(
    "nobody-to-ask",
    409,
    "3403",
    "There is no such region to ask, or the stay is over",
    "没有可查询的地区，或停留已结束",
    detail_en="Give the code of the region that issued the person's code, and an end of the stay that is to come.",
    detail_zh="请填写签发其健康码的地区代码，停留截止时间须在将来。",
)

field_text("only_oneself", "Leave this out: you can only register yourself.", "请勿填写：只能为本人登记。")
for _reason in get_args(InvalidIdReason):
    field_text(f"id_number_{_reason}", InvalidIdNumber(_reason).en, InvalidIdNumber(_reason).zh)

Registrant = Annotated[Principal, Depends(requires("checkpoint", "citizen"))]
Asker = Annotated[Principal, Depends(requires("checkpoint", "officer", "citizen"))]
Name = Annotated[str, Path(pattern=HANDLE, examples=[EXAMPLE], description="`ask` of the registration's answer")]


class AskAnswer(BaseModel):
    """How an ask stands. `refused` says no more: who is not known there is answered like who may not be watched."""

    ask: str = Field(examples=[EXAMPLE])
    origin: str = Field(examples=["420000"], description="the region that was asked")
    purpose: str = Field(examples=["scan"])
    state: State = Field(
        examples=["opened"], description="asked: no answer yet, it comes when that region can be reached"
    )
    asked_at: datetime
    until: datetime = Field(description="then it is forgotten")
    guest: GuestAnswer | None = Field(description="what the person counts as here, once the watch is opened")


class RegistrationIn(Body):
    """Who registers, where their code is from, and until when they stay."""

    origin: str = Field(pattern="^[0-9]{6}$", examples=["420000"], description="the region that their code is from")
    until: Moment = Field(examples=["2020-02-14T04:00:00Z"], description="the end of the stay")
    id_type: IdType | None = Field(default=None, examples=["resident_id"], description="for checkpoints")
    id_number: str | None = Field(
        default=None, min_length=1, max_length=64, examples=["11010519491231002X"], description="for checkpoints"
    )


@dataclass(frozen=True, slots=True)
class AskDeps:
    """What the routes need. `books` opens transactions on what is looked at by `asks`."""

    guests: Deps
    asks: AskViews
    asking: Asking
    books: Asks


def ask_router(deps: AskDeps) -> APIRouter:
    """`/v1/guests/by-credential`, in regions that have guests."""
    routes = APIRouter(prefix="/v1/guests", tags=["recognition"])

    @routes.get("/by-credential/{credential}")
    async def read_guest_by_credential(credential: Credential, _: Reader, request: Request) -> AskAnswer:
        """What came of a scan: the region of the code is asked, and the guest counts here from its answer on."""
        return await _answer(deps, await deps.asks.ask_about(digest_of(credential)), request)

    @routes.get("/asks/{ask}")
    async def read_ask(ask: Name, _: Asker, request: Request) -> AskAnswer:
        """What came of an ask, to whoever has its name."""
        return await _answer(deps, await deps.asks.ask(ask), request)

    @routes.post("/registrations", status_code=202)
    async def register_guest(said: RegistrationIn, caller: Registrant, request: Request) -> AskAnswer:
        """Somebody with a code of another region stays here, as at a hotel: that region is asked about them.

        A citizen registers themselves, a checkpoint whose document it sees. The number is sealed to that region and not
        kept here. Look at the answer by its name some seconds later. Each registration is one of its own, so repeating
        it does no harm.
        """
        now = deps.guests.clock.now()
        try:
            async with deps.books.begin() as store:
                asked = await register(
                    store, deps.asking, said.origin, _document(said, caller, deps.asking.region), said.until, now
                )
        except NobodyToAsk:
            raise Problem(NOBODY_TO_ASK) from None
        return await _answer(deps, asked, request)

    return routes


def _document(said: RegistrationIn, caller: Principal, region: str) -> ByDocument:
    """Whom it is about: for all but this region's checkpoints the caller, as the identity provider vouches."""
    own = "checkpoint" not in caller.roles or caller.region != region
    if own and (said.id_type is not None or said.id_number is not None):
        raise Problem(INVALID, errors=[FieldError("only_oneself", pointer="#/id_number")])
    id_type, number = (caller.id_type, caller.id_number) if own else (said.id_type, said.id_number)
    if own and not (id_type and number):
        raise Problem(NO_IDENTITY)
    if not (id_type and number):
        raise Problem(INVALID, errors=[FieldError("missing", pointer="#/id_number" if id_type else "#/id_type")])
    try:
        return ByDocument(IdType(id_type), normalise_id(IdType(id_type), number))
    except InvalidIdNumber as wrong:
        raise Problem(INVALID, errors=[FieldError(f"id_number_{wrong.reason}", pointer="#/id_number")]) from None


async def _answer(deps: AskDeps, ask: Ask | None, request: Request) -> AskAnswer:
    now = deps.guests.clock.now()
    if ask is None or ask.until <= now:
        raise Problem(NOT_ASKED)
    guest = None if ask.handle is None else await deps.guests.views.guest(ask.handle)
    here = None
    if guest is not None and guest.watched_until > now:
        here = guest_answer(guest, await deps.guests.views.links(), deps.guests, request)
    return AskAnswer(
        ask=ask.ask,
        origin=ask.origin,
        purpose=ask.purpose.value,
        state=ask.state,
        asked_at=ask.asked_at,
        until=ask.until,
        guest=here,
    )
