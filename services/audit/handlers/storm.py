"""Storms: a change of the reference data has all whom it may concern looked at again, and nobody is missed.

A batch of the worker draws its transaction id before it reads the number of the reference data. A storm is seen only
when its change is committed, and the id of the transaction that sees it first is its fence: whoever read older data has
a smaller one (a snapshot's xmax would not do: it can lie below the ids of running transactions). Once no transaction
below the fence runs, every dossier shows with which data it was last reviewed, none can turn up that was reviewed with
older data, and one sweep finds all.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from healthcode.events import ReviewDue
from services.audit.ports.schedule import ScheduleStore, Storm

# So many unpublished events stop a sweep for a while: live findings leave by the same outbox.
BACKLOG: Final = 8_000


async def advance_storms(store: ScheduleStore, now: datetime, limit: int, ids: Callable[[], str]) -> bool:
    """Take the oldest open storm that can go on one step further; tells whether there is more to do at once."""
    for storm in await store.open_storms():
        after = await _advance(store, storm, now, limit, ids)
        if after is not storm:
            await store.save(after)
            return after.state != "settling"
    return False


async def _advance(store: ScheduleStore, storm: Storm, now: datetime, limit: int, ids: Callable[[], str]) -> Storm:
    if storm.state == "new":
        return replace(storm, state="waiting", fence=await store.own_xid())
    if storm.state == "waiting":
        passed = storm.fence is not None and await store.oldest_xid() >= storm.fence
        return replace(storm, state="sweeping") if passed else storm
    if storm.state == "sweeping":
        return storm if await store.backlog(BACKLOG) >= BACKLOG else await _sweep(store, storm, now, limit, ids)
    return storm if await store.any_older(storm) else replace(storm, state="done", ended_at=now)


async def _sweep(store: ScheduleStore, storm: Storm, now: datetime, limit: int, ids: Callable[[], str]) -> Storm:
    passed = await store.sweep(storm, limit)
    if not passed:
        return replace(storm, state="settling")
    older = list(dict.fromkeys(place.subject for place in passed if place.older))
    await store.ask(
        [ReviewDue(id=ids(), subject=each, cause=storm.cause, due=now, reference=storm.reference) for each in older]
    )
    last = passed[-1]
    return replace(
        storm,
        at_area=last.area,
        at_subject=last.subject,
        swept=storm.swept + len(passed),
        queued=storm.queued + len(older),
    )
