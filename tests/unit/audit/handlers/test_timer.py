from datetime import timedelta

from services.audit.handlers.timer import fire_timers
from tests.twins.audit import ScheduleTwin
from tests.twins.audit_behaviour import NOW


def ids() -> str:
    return "id"


async def test_what_is_due_is_asked_for_once_the_longest_due_first() -> None:
    twin = ScheduleTwin(timers={"a": NOW, "b": NOW - timedelta(hours=1), "c": NOW + timedelta(seconds=1)})
    assert not await fire_timers(twin, NOW, 10, ids)
    assert [(ask.subject, ask.cause, ask.due) for ask in twin.asked] == [
        ("b", "time", NOW - timedelta(hours=1)),
        ("a", "time", NOW),
    ]
    assert twin.timers == {"c": NOW + timedelta(seconds=1)}
    await fire_timers(twin, NOW, 10, ids)
    assert len(twin.asked) == 2


async def test_a_full_chunk_says_that_there_may_be_more() -> None:
    twin = ScheduleTwin(timers={str(n): NOW for n in range(5)})
    assert await fire_timers(twin, NOW, 3, ids)
    assert not await fire_timers(twin, NOW, 3, ids)
    assert not twin.timers
