"""Time itself asks for reviews."""

from collections.abc import Callable
from datetime import datetime

from healthcode.events import ReviewDue
from services.audit.ports.schedule import ScheduleStore


async def fire_timers(store: ScheduleStore, now: datetime, limit: int, ids: Callable[[], str]) -> bool:
    """Ask for the reviews that are due, `limit` at most; tells whether more may be."""
    due = await store.take_due(now, limit)
    await store.ask([ReviewDue(id=ids(), subject=subject, cause="time", due=when) for subject, when in due])
    return len(due) == limit
