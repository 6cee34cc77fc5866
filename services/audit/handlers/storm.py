"""Storms: a change of the reference data has all whom it may concern looked at again, and nobody is missed.

A batch of the worker draws its transaction id before it reads the number of the reference data. A storm is seen only
when its change is committed, and the id of the transaction that sees it first is its fence: whoever read older data has
a smaller one (a snapshot's xmax would not do: it can lie below the ids of running transactions). Once no transaction
below the fence runs, every dossier shows with which data it was last reviewed, none can turn up that was reviewed with
older data, and one sweep finds all.
"""

from collections.abc import Callable
from datetime import datetime
from itertools import takewhile
from typing import Final

from msgspec.structs import replace

from healthcode.events import ReviewDue
from services.audit.ports.schedule import Passed, ScheduleStore, Storm

# So many unpublished events stop a sweep for a while: live findings leave by the same outbox.
BACKLOG: Final = 8_000


async def advance_storms(store: ScheduleStore, now: datetime, limit: int, ids: Callable[[], str]) -> bool:
    """Take the oldest open storm that can go on one step further; tells whether there is more to do at once."""
    for storm in await store.open_storms():
        after, more = await _advance(store, storm, now, limit, ids)
        if after is not storm:
            await store.save(after)
            return more
    return False


async def _advance(
    store: ScheduleStore, storm: Storm, now: datetime, limit: int, ids: Callable[[], str]
) -> tuple[Storm, bool]:
    """The storm one step on, or the very same; and whether the next step can follow at once."""
    if storm.state == "new":
        return replace(storm, state="waiting", fence=await store.own_xid()), True
    if storm.state == "waiting":
        passed = storm.fence is not None and await store.oldest_xid() >= storm.fence
        return (replace(storm, state="sweeping"), True) if passed else (storm, False)
    if storm.state == "settling":
        return await _settle(store, storm, now, limit)
    if await store.backlog(BACKLOG) >= BACKLOG:
        return storm, False
    return await _sweep(store, storm, now, limit, ids), True


async def _sweep(store: ScheduleStore, storm: Storm, now: datetime, limit: int, ids: Callable[[], str]) -> Storm:
    passed = await store.sweep(storm, limit)
    if not passed:
        return replace(storm, state="settling", at_area="", at_subject="")
    older = list(dict.fromkeys(place.subject for place in passed if place.older))
    await store.ask(
        [ReviewDue(id=ids(), subject=each, cause=storm.cause, due=now, reference=storm.reference) for each in older]
    )
    swept, queued = storm.swept + len(passed), storm.queued + len(older)
    return replace(_at(storm, passed[-1]), swept=swept, queued=queued)


async def _settle(store: ScheduleStore, storm: Storm, now: datetime, limit: int) -> tuple[Storm, bool]:
    """A second pass, up to the first who is not reviewed yet: who is needs no third look."""
    passed = await store.sweep(storm, limit)
    if not passed:
        return replace(storm, state="done", ended_at=now), True
    reviewed = list(takewhile(lambda place: not place.older, passed))
    return (_at(storm, reviewed[-1]) if reviewed else storm), len(reviewed) == len(passed)


def _at(storm: Storm, place: Passed) -> Storm:
    return replace(storm, at_area=place.area, at_subject=place.subject)
