"""The packs of a region together: each takes over from the one before, without a gap."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from services.audit.domain.policy.load import PolicyError, Reading, read_pack
from services.audit.domain.policy.policy import Policy, PolicySet
from services.audit.domain.policy.timeline import taking_effect

NOTHING_AFTER: Final = "no policy is in force after this: add the next version, or leave `until` out"


def load_policies(texts: Mapping[str, str]) -> PolicySet:
    """The policies in the packs of a region, text by file. Raises PolicyError; ValueError where there is none."""
    readings: list[Reading] = []
    found: list[str] = []
    for source, text in texts.items():
        try:
            readings.append(read_pack(text, source))
        except PolicyError as error:
            found += error.found
    if not found:
        readings.sort(key=lambda each: each.policy.effective)
        found += _sequence(readings)
    if found:
        raise PolicyError(found)
    return PolicySet(each.policy for each in readings)


def load_successor(
    text: str, source: str, present: PolicySet, now: datetime, effective: datetime | None = None
) -> Policy:
    """A pack that is to be activated at a time after `present`: at the pack's own, or at `effective`.

    Raises PolicyError; also where it would have judged the past already, which no finding then would explain.
    """
    reading = read_pack(text, source)
    begins = effective or reading.policy.effective
    found: list[str] = []
    if begins < now:
        what = f"this is in the past: write a time after {now.isoformat()}, for what was judged stays as it was"
        found.append(reading.problem(("effective",), what))
    last = present.policies[-1]
    if begins <= last.effective:
        what = f"version {last.version} begins at {last.effective.isoformat()}: write a later time"
        found.append(reading.problem(("effective",), what))
    elif last.pack.until not in {None, begins}:
        what = f"there is a gap: version {last.version} ends at {last.pack.until}: write that time"
        found.append(reading.problem(("effective",), what))
    if reading.policy.pack.until is not None:
        found.append(reading.problem(("until",), NOTHING_AFTER))
    if reading.policy.version in {each.version for each in present.policies}:
        found.append(reading.problem(("version",), f"{reading.policy.version} was taken before: write another"))
    found += _follows(last, reading)
    if found:
        raise PolicyError(found)
    return taking_effect(reading.policy, begins)


def _sequence(readings: Sequence[Reading]) -> Iterator[str]:
    """What is wrong between packs that are each right, in the order in which they come into force."""
    if not readings:
        return
    first, last = readings[0], readings[-1]
    if (replaced := first.policy.pack.replaces) is not None:
        what = f"there is no version {replaced!r} before this: put its file back, or leave `replaces` out of the first"
        yield first.problem(("replaces",), what)
    versions: dict[str, str] = {}
    for each in readings:
        if (version := each.policy.version) in versions:
            yield each.problem(("version",), f"{version} is the version of {versions[version]} too: write another")
        versions[version] = each.source
    for before, after in pairwise(readings):
        if before.policy.effective == after.policy.effective:
            what = f"{before.source} begins at the same time: write a later one"
            yield after.problem(("effective",), what)
        else:
            yield from _follows(before.policy, after)
            yield from _ends(before, after.policy.effective)
    if last.policy.pack.until is not None:
        yield last.problem(("until",), NOTHING_AFTER)


def _follows(before: Policy, after: Reading) -> Iterator[str]:
    replaces = after.policy.pack.replaces
    if replaces == before.version:
        return
    if replaces is None:
        what = f"`replaces` is missing: write `replaces: {before.version}`, the version in force before this"
        yield after.problem(("version",), what)
    else:
        what = f"there is a gap: the version before this is {before.version}: write it, or put {replaces} back"
        yield after.problem(("replaces",), what)


def _ends(before: Reading, then: datetime) -> Iterator[str]:
    until = before.policy.pack.until
    if until is not None and until != then:
        kind = "a gap" if until < then else "an overlap"
        what = f"there is {kind}: the next version begins at {then.isoformat()}: write that, or leave `until` out"
        yield before.problem(("until",), what)
