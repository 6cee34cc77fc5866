"""Policies: checked, put in force by two officers, rolled back; each change has everybody looked at again."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final, NamedTuple

import msgspec

from healthcode.events import PolicyRecorded
from services.audit.domain import (
    NoPolicy,
    Policy,
    PolicyAct,
    PolicyError,
    PolicySet,
    load_policies,
    load_policy,
    load_successor,
    timeline,
)
from services.audit.domain.policy import PolicyChange
from services.audit.domain.policy.load import Reading, pack_text, read_pack
from services.audit.ports.entry import Fault, Refused
from services.audit.ports.policy import Pack, PackFault, PolicyReader, PolicyStore, Problem
from services.audit.ports.proposal import Proposal

PLACE: Final = re.compile(r"(?P<file>.*?):(?P<line>[0-9]+): (?P<what>.*)", re.DOTALL)


class Activation(msgspec.Struct, frozen=True):
    """A pack that is to be in force from a time on: its text, and the name of its file for what is wrong with it."""

    file: str
    pack: str
    effective: datetime


class Rollback(msgspec.Struct, frozen=True):
    """An earlier version that is to be in force again: from a time on, or with None at once when it is approved."""

    version: str
    effective: datetime | None


class Book(NamedTuple):
    """The policies of the region's files, and the time zone of its days."""

    base: PolicySet
    timezone: tzinfo


class Checked(msgspec.Struct, frozen=True):
    """A pack that is right. `known` is that of a version which the region has already, with the same text or rules."""

    file: str
    policy: Policy
    known: bool


async def register_policies(store: PolicyStore, digest: str, now: datetime) -> bool:
    """Start a storm over everybody when the files are others than last time; tells whether they are.

    What counts from a later time is looked at again twice: now, so that everybody has a timer at that time, and then.
    """
    if not await store.replace_policies(digest):
        return False
    await store.start_storm(None, "policy", await store.raise_reference(), now)
    return True


async def standing_policies(store: PolicyReader, book: Book) -> PolicySet:
    """The policies by date as they stand: the files', and what officers made of them."""
    return timeline(book.base, await store.policy_acts())


def check_packs(
    texts: Mapping[str, str],
    present: PolicySet,
    reasons: Collection[str],
    now: datetime,
    effective: datetime | None = None,
) -> list[Checked]:
    """Packs, text by file, each as it is known or as the next to come: at its own time, or at `effective`.

    Raises PackFault with all that is wrong.
    """
    found: list[str] = []
    readings: list[Reading] = []
    for file, text in texts.items():
        try:
            readings.append(read_pack(text, file))
        except PolicyError as error:
            found += error.found
    checked: list[Checked] = []
    for each in sorted(readings, key=lambda reading: reading.policy.effective):
        known = present.version(each.policy.version)
        if known is not None and each.same_rules(known):
            checked.append(Checked(each.source, known, known=True))
            continue
        try:
            policy = load_successor(texts[each.source], each.source, present, now, effective)
        except PolicyError as error:
            found += error.found
            policy = each.policy
        else:
            present = PolicySet([*present.policies, policy])
        found += each.without_text(reasons)
        checked.append(Checked(each.source, policy, known=False))
    if found:
        raise fault_of(found)
    return checked


def candidate_of(
    files: Mapping[str, str],
    present: PolicySet,
    reasons: Collection[str],
    now: datetime,
    effective: datetime | None = None,
) -> tuple[Pack, Policy]:
    """The one pack among files that the region does not have yet. Raises PackFault; Refused where it is not one."""
    checked = [each for each in check_packs(files, present, reasons, now, effective) if not each.known]
    if len(checked) != 1:
        versions = ", ".join(each.policy.version for each in checked) or "-"
        raise Refused([Fault("one_candidate", "files", {"versions": versions})])
    return Pack(checked[0].file, files[checked[0].file]), checked[0].policy


def foreign_pack(files: Mapping[str, str], at: datetime) -> Pack:
    """The pack of another region's files that would be in force there. Raises PackFault; Refused where none is."""
    try:
        version = load_policies(files).at(at).version
        return next(Pack(file, text) for file, text in files.items() if load_policy(text, file).version == version)
    except PolicyError as error:
        raise fault_of(error.found) from None
    except (NoPolicy, StopIteration, ValueError):
        raise Refused([Fault("one_candidate", "files", {"versions": "-"})]) from None


def known_candidate(version: str, present: PolicySet) -> tuple[Pack, Policy]:
    """A pack that the region has, to be tried against what would be without it. Raises Refused."""
    policy = present.version(version)
    if policy is None:
        versions = ", ".join(dict.fromkeys(each.version for each in present.policies))
        raise Refused([Fault("unknown_version", "version", {"versions": versions})])
    return Pack(version, pack_text(policy)), policy


def check_activation(wanted: Activation, present: PolicySet, reasons: Collection[str], now: datetime) -> Policy:
    """The policy that an activation would put in force. Raises PackFault."""
    try:
        policy = load_successor(wanted.pack, wanted.file, present, now, wanted.effective)
        found = read_pack(wanted.pack, wanted.file).without_text(reasons)
    except PolicyError as error:
        raise fault_of(error.found) from None
    if found:
        raise fault_of(found)
    return policy


def check_rollback(wanted: Rollback, present: PolicySet, now: datetime) -> tuple[Policy, datetime]:
    """The policy that is to be in force again, and from when. Raises Refused.

    The one that is in force can be named too, where others are planned: it goes on in their place.
    """
    effective = wanted.effective or now
    policy = present.version(wanted.version)
    if policy is None or min(each.effective for each in present.policies if each.version == wanted.version) > now:
        versions = [each.version for each in present.policies if each.effective <= now]
        raise Refused([Fault("unknown_version", "version", {"versions": ", ".join(dict.fromkeys(versions))})])
    if effective < now:
        raise Refused([Fault("past_time", "effective", {"now": now.isoformat()})])
    planned = any(each.effective > effective for each in present.policies)
    if present.at(effective).version == wanted.version and not planned:
        raise Refused([Fault("in_force_already", "version")])
    return policy, effective


async def activate(
    store: PolicyStore, book: Book, reasons: Collection[str], wanted: Activation, proposal: Proposal, now: datetime
) -> PolicyAct:
    """Put a pack in force from its time on. Raises PackFault: what was right when proposed may be late by now."""
    await store.lock_reference()
    policy = check_activation(wanted, await standing_policies(store, book), reasons, now)
    return await _record(store, "activation", policy, wanted.pack, wanted.effective, proposal, now)


async def roll_back(store: PolicyStore, book: Book, wanted: Rollback, proposal: Proposal, now: datetime) -> PolicyAct:
    """Put an earlier version in force again. Raises Refused."""
    await store.lock_reference()
    policy, effective = check_rollback(wanted, await standing_policies(store, book), now)
    return await _record(store, "rollback", policy, pack_text(policy), effective, proposal, now)


async def _record(
    store: PolicyStore,
    change: PolicyChange,
    policy: Policy,
    pack: str,
    effective: datetime,
    proposal: Proposal,
    now: datetime,
) -> PolicyAct:
    """A fact of the reference data, and a storm over everybody: each then has a timer at the time of the change."""
    act = PolicyAct(
        change=change,
        policy=policy.policy,
        version=policy.version,
        pack=pack,
        effective=effective,
        proposal=proposal.id,
        recorded_at=now,
    )
    await store.add_policy(act)
    reference = await store.raise_reference()
    await store.start_storm(None, "policy", reference, now)
    await store.publish([_event(act, proposal.authority, reference)])
    return act


def _event(act: PolicyAct, source: str, reference: int) -> PolicyRecorded:
    return PolicyRecorded(
        id=act.proposal,
        policy=act.policy,
        version=act.version,
        change=act.change,
        effective=act.effective,
        pack=act.pack,
        source=source,
        proposal=act.proposal,
        recorded_at=act.recorded_at,
        reference=reference,
    )


def fault_of(found: Sequence[str]) -> PackFault:
    """The problems in the lines of a PolicyError."""
    places = [PLACE.fullmatch(each) for each in found]
    return PackFault([Problem(each["file"], int(each["line"]), each["what"]) for each in places if each is not None])
