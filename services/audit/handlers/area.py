"""Levels of areas: added, changed, withdrawn; each change has those looked at again who were there."""

from collections.abc import Sequence
from datetime import datetime

from healthcode.areas import is_known
from healthcode.events import AreaLevelRecorded
from services.audit.handlers.entry import admit, check_times, overlap, own_entry, sole, weigh, withdrawal_of
from services.audit.ports.entry import AreaLevel, AreaStore, Fault, Refused


async def record_areas(store: AreaStore, drafts: Sequence[AreaLevel], now: datetime) -> list[AreaLevel | Refused]:
    """Record what may be recorded, under one number of the reference data; gives the verdict on each draft."""
    admission = await admit(store, drafts, now, check=_check, rivals=_rivals)
    if admission.news:
        reference = await store.raise_reference()
        for area in sorted({level.area for level in admission.news}):
            await store.start_storm(area, "area", reference, now)
        await store.publish([_event(level, reference) for level in admission.news])
    return admission.verdicts


async def check_areas(store: AreaStore, drafts: Sequence[AreaLevel], now: datetime) -> list[AreaLevel | Refused]:
    """What would become of drafts if they were recorded now; nothing is."""
    return (await weigh(store, drafts, now, check=_check, rivals=_rivals)).verdicts


async def withdraw_area(store: AreaStore, entry: str, source: str, now: datetime, by: str) -> AreaLevel:
    """Withdraw an authority's own entry; one that is withdrawn already stays as it is. Raises UnknownEntry."""
    level = await own_entry(store, entry, source)
    if level.withdrawn:
        return level
    return sole(await record_areas(store, [withdrawal_of(level, now, by)], now))


def _check(draft: AreaLevel, now: datetime) -> list[Fault]:
    faults = check_times(draft.valid_from, draft.valid_until, now)
    return faults if is_known(draft.area) else [Fault("unknown_area", "area"), *faults]


def _rivals(one: AreaLevel, other: AreaLevel) -> bool:
    """An area has one level at a time, whoever says so."""
    return overlap(one.valid_from, one.valid_until, other.valid_from, other.valid_until)


def _event(level: AreaLevel, reference: int) -> AreaLevelRecorded:
    return AreaLevelRecorded(
        id=level.fact,
        area=level.area,
        entry=level.entry,
        revision=level.revision,
        level=level.level,
        source=level.source,
        evidence=level.evidence,
        valid_from=level.valid_from,
        valid_until=level.valid_until,
        recorded_at=level.recorded_at,
        withdrawn=level.withdrawn,
        reference=reference,
    )
