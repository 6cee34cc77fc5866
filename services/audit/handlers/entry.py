"""What listings, tests and areas have in common: revisions, their order, and what may stand beside what."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Generic

import msgspec

from services.audit.ports.entry import Entry, EntryStore, Fault, R, Refused, UnknownEntry

LONGEST_EVIDENCE: Final = 500
LONGEST_NAME: Final = 100
EARLIEST: Final = timedelta(days=3653)
LATEST: Final = timedelta(days=366)

Check = Callable[[R, datetime], list[Fault]]
Rivals = Callable[[R, R], bool]


class Admission(msgspec.Struct, Generic[R]):
    """The verdict on each draft in order, and which are new; a revision that was known already is no news."""

    verdicts: list[R | Refused]
    news: list[R]


async def admit(
    store: EntryStore[R], drafts: Sequence[R], now: datetime, *, check: Check[R], rivals: Rivals[R] | None = None
) -> Admission[R]:
    """Add the drafts that may be added, set-wise.

    `check` judges one draft alone; `rivals` tells whether two entries of one owner cannot both stand.
    """
    admission = await weigh(store, drafts, now, check=check, rivals=rivals)
    await store.add(admission.news)
    return admission


async def weigh(
    store: EntryStore[R], drafts: Sequence[R], now: datetime, *, check: Check[R], rivals: Rivals[R] | None = None
) -> Admission[R]:
    """What would become of drafts; as `admit`, and nothing is added."""
    await store.lock([key for draft in drafts for key in (draft.owner, draft.entry)])
    known: dict[str, dict[int, R]] = {}
    for record in await store.revisions(list({draft.entry for draft in drafts})):
        known.setdefault(record.entry, {})[record.revision] = record
    standing: dict[str, dict[str, R]] = {}
    if rivals is not None:
        for record in await store.standing(list({draft.owner for draft in drafts})):
            standing.setdefault(record.owner, {})[record.entry] = record
    admission: Admission[R] = Admission([], [])
    for draft in drafts:
        revisions = known.setdefault(draft.entry, {})
        beside = standing.setdefault(draft.owner, {})
        if _same(draft, revisions.get(draft.revision)):
            admission.verdicts.append(revisions[draft.revision])
            continue
        faults = [*_common(draft), *check(draft, now), *_against(draft, revisions)]
        if rivals is not None and not draft.withdrawn and draft.revision > max(revisions, default=0):
            faults += _overlap(draft, beside, rivals)
        if faults:
            admission.verdicts.append(Refused(faults))
            continue
        revisions[draft.revision] = draft
        beside[draft.entry] = revisions[max(revisions)]
        admission.verdicts.append(draft)
        admission.news.append(draft)
    return admission


async def own_entry(store: EntryStore[R], entry: str, source: str) -> R:
    """The highest revision of an authority's own entry. Raises UnknownEntry."""
    found = await store.revisions([entry])
    if not found or found[0].source != source:
        raise UnknownEntry(entry)
    return max(found, key=lambda record: record.revision)


def withdrawal_of(record: R, now: datetime, by: str) -> R:
    """The next revision of an entry, which takes it back."""
    return msgspec.structs.replace(
        record, revision=record.revision + 1, withdrawn=True, recorded_at=now, recorded_by=by
    )


def sole(verdicts: Sequence[R | Refused]) -> R:
    """The one record that was made. Raises Refused when it was not."""
    (verdict,) = verdicts
    if isinstance(verdict, Refused):
        raise verdict
    return verdict


def check_times(valid_from: datetime, valid_until: datetime | None, now: datetime) -> list[Fault]:
    """What is wrong with a validity: backwards, or so far away that it can only be a slip."""
    faults = []
    if not now - EARLIEST <= valid_from <= now + LATEST:
        faults.append(Fault("impossible_date", "valid_from"))
    if valid_until is not None and valid_until <= valid_from:
        faults.append(Fault("backwards", "valid_until"))
    elif valid_until is not None and valid_until > now + EARLIEST:
        faults.append(Fault("impossible_date", "valid_until"))
    return faults


def overlap(a_from: datetime, a_until: datetime | None, b_from: datetime, b_until: datetime | None) -> bool:
    """Whether two validities share an instant; each ends before its until, or never."""
    return (b_until is None or a_from < b_until) and (a_until is None or b_from < a_until)


def _common(draft: Entry) -> list[Fault]:
    faults = []
    if not 1 <= len(draft.entry) <= LONGEST_NAME or not draft.entry.isprintable():
        faults.append(Fault("impossible_entry", "entry"))
    if draft.revision < 1:
        faults.append(Fault("impossible_revision", "revision"))
    if not 1 <= len(draft.source) <= LONGEST_NAME:
        faults.append(Fault("no_source", "source"))
    if not 1 <= len(draft.evidence.strip()) <= LONGEST_EVIDENCE:
        faults.append(Fault("no_evidence", "evidence"))
    return faults


def _against(draft: R, revisions: dict[int, R]) -> list[Fault]:
    """What is wrong with a draft beside the other revisions of its entry."""
    faults = []
    if draft.revision in revisions:
        faults.append(Fault("revision_taken", "revision"))
    other = next(iter(revisions.values()), None)
    if other is not None and other.source != draft.source:
        faults.append(Fault("other_authority", "source"))
    if other is not None and other.owner != draft.owner:
        faults.append(Fault("other_owner", "entry"))
    return faults


def _overlap(draft: R, beside: dict[str, R], rivals: Rivals[R]) -> list[Fault]:
    for other in beside.values():
        if other.entry != draft.entry and not other.withdrawn and rivals(draft, other):
            mine = {"entry": other.entry} if other.source == draft.source else {}
            return [Fault("overlap", "valid_from", mine)]
    return []


def _same(draft: R, other: R | None) -> bool:
    if other is None:
        return False
    return draft == msgspec.structs.replace(other, recorded_at=draft.recorded_at, recorded_by=draft.recorded_by)
