"""The members of the national catalogue, for officers of the nation: how they stand, and what two of them decide."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from chassis.clock import Clock
from chassis.http.auth import Principal, requires
from chassis.http.body import PLAIN_TEXT, Body, Moment
from chassis.http.problems import Problem, problem_type
from chassis.http.standard import NOT_FOUND
from healthcode.catalogue import acts_in
from healthcode.two_officers import NotOpen, Officer, ProposalState, SamePerson, UnknownProposal, Word, standing
from services.recognition.domain.catalogue import Catalogue
from services.recognition.handlers.member_change import Asked, NotSo, approve, proposed, reject
from services.recognition.ports.membership import MemberAct, MemberChange, MemberChanges

PROPOSAL: Final = "0190f3c2a0b14d5e8f6a7b8c9d0e1f2a"
NOON: Final = "2020-02-11T04:00:00Z"
Nation = Annotated[Principal, Depends(requires("officer", own_region=True))]
Ident = Annotated[str, Path(pattern="^[0-9a-f]{32}$", examples=[PROPOSAL])]
Limit = Annotated[int, Query(ge=1, le=100)]
Why = Annotated[str, Field(min_length=4, max_length=1000, examples=["海南省加入互认，见国办函〔2020〕7号"]), PLAIN_TEXT]

UNVERIFIED: Final = problem_type(
    "member-officer-unverified",
    403,
    "2411",
    "The account names no verified person who acts for an authority",
    "账号未关联经核验的工作人员及其机构",
    detail_en="Sign in with an officer's own account, verified and given by an authority.",
    detail_zh="请使用由主管机构核发、经实名核验的工作人员本人账号。",
)
SAME_PERSON: Final = problem_type(
    "member-same-person",
    403,
    "2412",
    "Whoever proposed a change of the catalogue does not approve it",
    "提议人不得自行批准目录变更",
    detail_en="Another officer of your authority has to decide about this proposal.",
    detail_zh="须由本机构另一名工作人员审批。",
)
NOT_SO: Final = problem_type(
    "member-not-so",
    409,
    "3411",
    "The region does not stand so that this can be decided",
    "该地区当前状态不允许此项变更",
    detail_en="{region}: {reason}. GET /v1/members says how each stands.",
    detail_zh="{region}：当前状态不符（{reason}）。GET /v1/members 可查看各地区状态。",
)
CLOSED: Final = problem_type(
    "member-change-closed",
    409,
    "3412",
    "The proposal is decided already, or its time is over",
    "该提议已处理或已过期",
    detail_en="The proposal is {state}. Make a new one if it is still wanted.",
    detail_zh="该提议状态为 {state}。如仍需要，请重新提议。",
)


class MemberChangeIn(Body):
    """What is to be done with which region."""

    act: MemberAct = Field(examples=["join"])
    region: str = Field(pattern="^[0-9]{6}$", examples=["460000"])
    entry: dict[str, Any] | None = Field(
        default=None,
        examples=[None],
        description="of a region that joins: what `python -m deploy.membership entry` writes",
    )
    begins_at: Moment | None = Field(default=None, examples=[None], description="from when; without: when carried out")
    until: Moment | None = Field(default=None, examples=[None], description="the end of a suspension, if it is known")
    why: Why


class MemberNoteIn(Body):
    """What the second officer has to say, if anything."""

    note: Annotated[str, Field(min_length=1, max_length=1000, examples=["已与该省核对"]), PLAIN_TEXT] | None = None


class MemberWhyIn(Body):
    """Why it is turned down."""

    why: Why


class MemberChangeOut(BaseModel):
    """What was proposed about a region, and what became of it."""

    proposal: str = Field(examples=[PROPOSAL])
    act: MemberAct = Field(examples=["join"])
    region: str = Field(examples=["460000"])
    entry: dict[str, Any] | None
    begins_at: datetime | None
    until: datetime | None
    why: str
    proposed_by: str = Field(examples=["officer-1"])
    proposed_at: datetime = Field(examples=[NOON])
    ends_at: datetime = Field(examples=["2020-02-14T04:00:00Z"], description="until when it can be decided about")
    state: ProposalState = Field(examples=["approved"])
    decided_by: str | None = Field(examples=["officer-2"])
    decided_at: datetime | None
    note: str | None
    done: bool = Field(examples=[True], description="whether the catalogue is so by now")


class MemberChangePage(BaseModel):
    """The newest proposals."""

    as_of: datetime = Field(examples=[NOON], description="the nation's clock: what is carried out, is as of then")
    items: list[MemberChangeOut]


class MemberOut(BaseModel):
    """How a region stands."""

    region: str = Field(examples=["460000"])
    counts: bool
    why_not: str | None = Field(examples=["suspended-region"])


class MembersOut(BaseModel):
    """All that are or were members."""

    members: list[MemberOut]


@dataclass(frozen=True, slots=True)
class MemberDeps:
    """What the routes need."""

    clock: Clock
    changes: MemberChanges
    catalogue: Catalogue
    document: Callable[[], dict[str, Any]]


def member_router(deps: MemberDeps) -> APIRouter:
    """`/v1/members`, at the nation."""
    routes = APIRouter(prefix="/v1/members", tags=["members"])
    _add_reading(routes, deps)
    _add_deciding(routes, deps)
    return routes


def _add_reading(routes: APIRouter, deps: MemberDeps) -> None:
    @routes.get("")
    async def read_members(_: Nation) -> MembersOut:
        """Which regions count now, and why others do not."""
        found = sorted(deps.catalogue.standing(deps.clock.now()).items())
        return MembersOut(members=[MemberOut(region=code, counts=why is None, why_not=why) for code, why in found])

    @routes.get("/changes")
    async def read_changes(_: Nation, limit: Limit = 20) -> MemberChangePage:
        """What was proposed, newest first, and whether it is done."""
        now = deps.clock.now()
        found = [standing(each, now) for each in await deps.changes.latest(limit)]
        return MemberChangePage(as_of=now, items=[_out(deps, each) for each in found])


def _add_deciding(routes: APIRouter, deps: MemberDeps) -> None:
    @routes.post("/changes", status_code=202)
    async def propose(caller: Nation, said: MemberChangeIn) -> MemberChangeOut:
        """Propose that a region joins, is suspended, resumes or leaves; another person approves.

        No Idempotency-Key: what nobody approves comes to nothing.
        """
        entry = None if said.entry is None else msgspec.json.encode(said.entry).decode()
        asked = Asked(said.act, said.region, entry, said.begins_at, said.until)
        word = Word(_officer(caller), said.why, deps.clock.now(), uuid.uuid4().hex)
        with as_problems(said.region):
            change = proposed(deps.catalogue, asked, word)
        async with deps.changes.begin() as book:
            await book.add(change)
        return _out(deps, change)

    @routes.post("/changes/{proposal}/approval")
    async def approve_change(proposal: Ident, caller: Nation, said: MemberNoteIn) -> MemberChangeOut:
        """Approve, as another person than who proposed it; who holds the nation's key then carries it out."""
        officer = _officer(caller)
        with as_problems():
            async with deps.changes.begin() as book:
                change = await approve(book, proposal, officer, said.note, deps.clock.now())
        return _out(deps, change)

    @routes.post("/changes/{proposal}/rejection")
    async def reject_change(proposal: Ident, caller: Nation, said: MemberWhyIn) -> MemberChangeOut:
        """Turn it down, or take it back."""
        officer = _officer(caller)
        with as_problems():
            async with deps.changes.begin() as book:
                change = await reject(book, proposal, officer, said.why, deps.clock.now())
        return _out(deps, change)


@contextmanager
def as_problems(region: str = "") -> Iterator[None]:
    """What handlers raise, as problem documents."""
    try:
        yield
    except NotSo as fault:
        raise Problem(NOT_SO, region=region, reason=str(fault)) from None
    except SamePerson:
        raise Problem(SAME_PERSON) from None
    except NotOpen as closed:
        raise Problem(CLOSED, state=closed.state.value) from None
    except UnknownProposal:
        raise Problem(NOT_FOUND) from None


def _officer(caller: Principal) -> Officer:
    """A verified person who acts for an authority; 403 for others."""
    if not caller.person or not caller.authority:
        raise Problem(UNVERIFIED)
    return Officer(caller.sub, caller.person, caller.authority)


def _out(deps: MemberDeps, change: MemberChange) -> MemberChangeOut:
    fields = msgspec.structs.asdict(change)
    shown = {name: value for name, value in fields.items() if name in MemberChangeOut.model_fields}
    entry = None if change.entry is None else msgspec.json.decode(change.entry)
    done = change.id in acts_in(deps.document())
    return MemberChangeOut(**{**shown, "proposal": change.id, "entry": entry, "done": done})
