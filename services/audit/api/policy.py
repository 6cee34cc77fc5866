"""Which policies there are, whether a pack is right, and where two differ, over HTTP."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, StringConstraints

from chassis.http.auth import requires
from chassis.http.body import Body, Moment
from chassis.http.problems import Problem
from chassis.postgres.pool import Connection
from healthcode.values import Color
from services.audit.api.intake import Desk
from services.audit.api.problems import COMPARING, bad_pack, refusal
from services.audit.domain import Policy, PolicyAct, PolicyError, PolicySet, load_policy
from services.audit.domain.finding import Finding
from services.audit.domain.witness import Witness, told, witnesses
from services.audit.handlers.policy import Book, check_packs, fault_of, standing_policies
from services.audit.ports.entry import Fault
from services.audit.ports.policy import PackFault, PolicyStore

PATH: Final = "/v1/policies"
MOST_FILES: Final = 50
MOST_WITNESSES: Final = 50
allowed = requires("officer", "operator", own_region=True)

OpenPolicies = Callable[[Connection], PolicyStore]
# Lines are counted, so that nothing is stripped.
Text = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=500_000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Files = Annotated[dict[Name, Text], Field(min_length=1, max_length=MOST_FILES, description="texts of packs by file")]


class PolicyOut(BaseModel):
    """A policy pack from a time on; the one in force judges everybody."""

    policy: str
    version: str
    effective: datetime
    in_force: bool
    change: Literal["file", "activation", "rollback"] = Field(description="of the region's files, or by two officers")
    proposal: str | None


class PoliciesOut(BaseModel):
    """All packs of the region, by the time from which they count."""

    policies: list[PolicyOut]
    passed_over: list[str] = Field(description="versions of the files in whose place officers put others")


class FilesIn(Body):
    """Packs, as they are written."""

    files: Files


class PackOut(BaseModel):
    """A pack as it was read; `known`: the region has it already."""

    file: str
    policy: str
    version: str
    effective: datetime
    rules: int
    known: bool


class ProblemOut(BaseModel):
    """What is wrong in a pack, and what to write instead."""

    file: str
    line: int
    what: str


class CheckOut(BaseModel):
    """Either all packs, or all that is wrong with them."""

    packs: list[PackOut]
    problems: list[ProblemOut]


class PackIn(Body):
    """A pack by its text, or one of the region's by its version."""

    version: Name | None = None
    text: Text | None = None
    file: Name = "pack.yaml"


class DiffIn(Body):
    """Two packs to compare."""

    one: PackIn
    other: PackIn
    start: Moment | None = Field(default=None, description="about when the made-up people live; now without")


class JudgedOut(BaseModel):
    """What one policy makes of a witness."""

    policy: str
    version: str
    color: Color
    rules: list[str]


class WitnessOut(BaseModel):
    """A made-up person on whom two policies differ, in plain words."""

    at: datetime
    one: JudgedOut
    other: JudgedOut
    zh: str
    en: str


class DiffOut(BaseModel):
    """The smallest dossiers on which two policies differ, one for each way; none is no proof that they agree."""

    witnesses: list[WitnessOut]


def router(desk: Desk, store: OpenPolicies, book: Book, reasons: Collection[str]) -> APIRouter:
    """The routes of policies that change nothing; `reasons` are the keys of the region's texts."""
    routes = APIRouter(prefix=PATH, tags=["policies"])
    comparing = asyncio.Lock()

    @routes.get("", summary="The region's policies", dependencies=[Depends(requires())])
    async def show() -> PoliciesOut:
        async with desk.begin() as connection:
            acts = await store(connection).policy_acts()
            present = await standing_policies(store(connection), book)
        by = {(act.version, act.effective): act for act in acts}
        now = desk.clock.now()
        shown = [_shown(each, by.get((each.version, each.effective)), present, now) for each in present.policies]
        standing = {each.version for each in present.policies}
        return PoliciesOut(
            policies=shown,
            passed_over=[each.version for each in book.base.policies if each.version not in standing],
        )

    @routes.post("/check", summary="Whether packs are right; nothing is changed", dependencies=[Depends(allowed)])
    async def check(body: FilesIn) -> CheckOut:
        async with desk.begin() as connection:
            present = await standing_policies(store(connection), book)
        try:
            checked = await asyncio.to_thread(check_packs, body.files, present, reasons, desk.clock.now())
        except PackFault as fault:
            problems = [ProblemOut(file=each.file, line=each.line, what=each.what) for each in fault.problems]
            return CheckOut(packs=[], problems=problems)
        return CheckOut(packs=[_pack(each.file, each.policy, known=each.known) for each in checked], problems=[])

    @routes.post("/diff", summary="The smallest dossiers on which two differ", dependencies=[Depends(allowed)])
    async def diff(body: DiffIn) -> DiffOut:
        async with desk.begin() as connection:
            present = await standing_policies(store(connection), book)
        one, other = (_found(name, pack, present) for name, pack in (("one", body.one), ("other", body.other)))
        if comparing.locked():
            raise Problem(COMPARING, headers={"Retry-After": "5"})
        async with comparing:
            start = body.start or desk.clock.now()
            found = await asyncio.to_thread(witnesses, one, other, start, book.timezone, MOST_WITNESSES)
        return DiffOut(witnesses=[_witness(each, book) for each in found])

    return routes


def _shown(policy: Policy, act: PolicyAct | None, present: PolicySet, now: datetime) -> PolicyOut:
    return PolicyOut(
        policy=policy.policy,
        version=policy.version,
        effective=policy.effective,
        in_force=policy is present.at(now),
        change=act.change if act else "file",
        proposal=act.proposal if act else None,
    )


def _pack(file: str, policy: Policy, *, known: bool) -> PackOut:
    return PackOut(
        file=file,
        policy=policy.policy,
        version=policy.version,
        effective=policy.effective,
        rules=len(policy.pack.rules),
        known=known,
    )


def _found(name: str, pack: PackIn, present: PolicySet) -> Policy:
    """The policy that one side of a comparison names."""
    if (pack.version is None) == (pack.text is None):
        raise refusal([Fault("one_of", name, {"names": "version, text"})])
    if pack.text is not None:
        try:
            return load_policy(pack.text, pack.file)
        except PolicyError as error:
            raise bad_pack(fault_of(error.found).problems) from None
    found = present.version(pack.version or "")
    if found is None:
        versions = ", ".join(dict.fromkeys(each.version for each in present.policies))
        raise refusal([Fault("unknown_version", f"{name}/version", {"versions": versions})])
    return found


def _witness(witness: Witness, book: Book) -> WitnessOut:
    return WitnessOut(
        at=witness.at,
        one=_judged(witness.one),
        other=_judged(witness.other),
        zh=told(witness, "zh", book.timezone),
        en=told(witness, "en", book.timezone),
    )


def _judged(finding: Finding) -> JudgedOut:
    rules = [hit.rule for hit in finding.hits if hit.color is finding.color]
    return JudgedOut(policy=finding.policy, version=finding.policy_version, color=finding.color, rules=rules)
