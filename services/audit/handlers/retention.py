"""What is past its days is dropped, in chunks, and never while a finding still stands on it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, get_args

from msgspec.structs import replace

from services.audit.domain import Dossier
from services.audit.domain.retention import Retention
from services.audit.handlers.review import Judge
from services.audit.ports.retention import Kind, RetentionStore, Row, Sweep

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
REST: Final = timedelta(days=1)
"""From the end of a sweep to the next one."""


async def drop_past(
    store: RetentionStore, judge: Judge, retention: Retention, kind: Kind, now: datetime, limit: int
) -> bool:
    """Take the sweep of a kind one chunk further; tells whether there is more to do at once."""
    sweep = await store.sweep(kind)
    if sweep is None or (sweep.passed_at is not None and now < sweep.passed_at + REST):
        return False
    rows = await store.passing(sweep, now - timedelta(days=getattr(retention, kind)), limit)
    past = [row for row in rows if row.past]
    if kind != "findings":
        past = await _unused(store, judge, past, now)
    dropped = sweep.dropped + (await store.drop(kind, past) if past else 0)
    if len(rows) < limit:
        await store.save(Sweep(kind, dropped=dropped, passed_at=now))
        return False
    last = rows[-1]
    await store.save(replace(sweep, at_name=last.name, at_number=last.number, dropped=dropped, passed_at=None))
    return True


async def _unused(store: RetentionStore, judge: Judge, rows: Sequence[Row], now: datetime) -> list[Row]:
    """The rows that no rule or hold names that is in force for the person now."""
    if not rows:
        return []
    areas = await judge.areas(store, await store.reference())
    named: set[str] = set()
    for facts in await store.dossiers(sorted({row.subject for row in rows})):
        if facts:
            finding, _ = judge.review(Dossier.decode(facts), areas, now)
            named |= {fact for hit in finding.hits for fact in hit.facts}
    return [row for row in rows if f"{row.name}.{row.number}" not in named]
