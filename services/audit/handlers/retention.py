"""What is past its days is dropped, in chunks, and never while a finding still stands on it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, get_args

from msgspec.structs import replace

from healthcode.events import ReviewDue
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
    """Take the sweep of a kind one chunk further; tells whether there is more to do at once.

    Only the worker writes dossiers: whose facts are past is asked to be reviewed, and the review forgets them.
    """
    sweep = await store.sweep(kind)
    if sweep is None or (sweep.passed_at is not None and now < sweep.passed_at + REST):
        return False
    rows = await store.passing(sweep, now - timedelta(days=getattr(retention, kind)), limit)
    past = [row for row in rows if row.past]
    dropped = sweep.dropped + (await _drop(store, judge, kind, past, now) if past else 0)
    if len(rows) < limit:
        await store.save(Sweep(kind, dropped=dropped, passed_at=now))
        return False
    last = rows[-1]
    await store.save(replace(sweep, at_name=last.name, at_number=last.number, dropped=dropped, passed_at=None))
    return True


async def _drop(store: RetentionStore, judge: Judge, kind: Kind, past: Sequence[Row], now: datetime) -> int:
    if kind == "dossiers":
        await store.ask([ReviewDue(id=judge.ids(), subject=row.subject, cause="retention", due=now) for row in past])
        return len(past)
    if kind != "findings":
        past = await _unused(store, judge, past, now)
    return await store.drop(kind, past)


async def _unused(store: RetentionStore, judge: Judge, rows: Sequence[Row], now: datetime) -> list[Row]:
    """The rows that no rule or hold names that is in force for the person now."""
    areas = await judge.areas(store, await store.reference())
    named: set[str] = set()
    for facts in await store.dossiers(sorted({row.subject for row in rows})):
        if facts:
            finding, _ = judge.review(Dossier.decode(facts), areas, now)
            named |= {fact for hit in finding.hits for fact in hit.facts}
    return [row for row in rows if f"{row.name}.{row.number}" not in named]
