"""Each day's findings under one root, a part at a time; and the proof that a finding is in it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from healthcode.credential import SigningKey
from healthcode.transparency import (
    FindingProof,
    Seal,
    commitment,
    inclusion,
    leaf_of,
    root_of,
    salt_of,
    sign_seal,
)
from services.audit.domain import kept
from services.audit.domain.opened import opened
from services.audit.ports.history import START, Recorded
from services.audit.ports.seal import Day, Part, Seals, SealStore

LEAVES: Final = 1024
"""Of a part: a power of two, so that the parts' roots are nodes of the day's tree."""
GRACE: Final = timedelta(hours=1)
"""A review is committed within seconds of its own time; what comes later than this would be in no tree."""
ONE: Final = timedelta(days=1)


class NotSealed(Exception):  # noqa: N818 - a state
    """The day is not over, or not yet sealed."""


@dataclass(frozen=True)
class Sealer:
    """Who seals: the region, its key for seals, the key of its salts, and where its days begin."""

    region: str
    key: SigningKey
    salts: bytes
    timezone: tzinfo

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """When a day begins and ends."""
        begin, end = (datetime.combine(each, time(), self.timezone) for each in (day, day + ONE))
        return begin, end

    def leaf(self, recorded: Recorded) -> bytes:
        """The leaf of a finding."""
        return leaf_of(
            commitment(
                salt_of(self.salts, recorded.subject, recorded.sequence),
                recorded.subject,
                recorded.sequence,
                recorded.reviewed_at,
                opened(kept(recorded.finding)),
            )
        )


async def seal_next(store: SealStore, sealer: Sealer, now: datetime) -> bool:
    """One part of the oldest day that is over and not sealed; tells whether there may be more."""
    latest = await store.latest()
    if latest is None or latest.root is not None:
        day = now.astimezone(sealer.timezone).date() - ONE if latest is None else latest.day + ONE
        if sealer.bounds(day)[1] + GRACE > now:
            return False
        await store.begin(day)
        return True
    since, until = sealer.bounds(latest.day)
    found = await store.findings(since, until, latest.after, LEAVES)
    grown = latest
    if found:
        leaves = tuple(sealer.leaf(each) for each in found)
        first, last = found[0], found[-1]
        part = Part(latest.size // LEAVES, (first.subject, first.sequence), root_of(leaves), leaves)
        grown = Day(latest.day, latest.size + len(leaves), (last.subject, last.sequence))
        await store.grow(grown, part)
    if len(found) < LEAVES:
        root = root_of(await store.roots(latest.day))
        seal = Seal(region=sealer.region, day=latest.day, size=grown.size, root=root, sealed_at=now)
        await store.close(Day(latest.day, grown.size, START, root, sign_seal(seal, sealer.key)), now)
    return True


async def prove(store: Seals, sealer: Sealer, subject: str, day: date) -> FindingProof | None:
    """The proof of a person's last finding of a day; None where there was none. Raises NotSealed."""
    sealed = await store.sealed(day)
    if sealed is None or sealed.signed is None:
        raise NotSealed
    recorded = await store.last_of(subject, *sealer.bounds(day))
    if recorded is None:
        return None
    place = recorded.subject, recorded.sequence
    part, leaf = await store.part_with(day, place), sealer.leaf(recorded)
    within = part.leaves.index(leaf) if part is not None and leaf in part.leaves else None
    path: list[bytes] = []
    number = 0 if part is None else part.number
    if part is not None and within is not None:
        path = inclusion(part.leaves, within) + inclusion(await store.roots(day), number)
    return FindingProof(
        subject=recorded.subject,
        sequence=recorded.sequence,
        reviewed_at=recorded.reviewed_at,
        finding=opened(kept(recorded.finding)),
        salt=salt_of(sealer.salts, *place),
        index=number * LEAVES + (within or 0),
        path=tuple(path),
        seal=sealed.signed,
        countersigned=sealed.countersigned,
    )
