"""What oversight's handlers do, whatever books are under them: run over the twin and over PostgreSQL."""

import itertools
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from healthcode.events import AlarmChanged, Event
from healthcode.values import AlarmKind, AlarmState, Color
from services.oversight.domain.count import Dimension, Kind, look
from services.oversight.domain.thresholds import BulkRecoloring, ByHand, SilentSource, Thresholds, UnusualRule
from services.oversight.handlers.alarm import Rules
from services.oversight.handlers.count import Counted, count
from services.oversight.handlers.look import forget_old, look_at_time
from services.oversight.ports import Arrival, Books, Place, Query, Views
from tests.twins.oversight_events import HOUR, MINUTE, NOW, changed, finding, listing

DAY = timedelta(days=1)
CODES = Place("hc.330000.codes.v1", 0)
THRESHOLDS = Thresholds(
    bulk_recoloring=BulkRecoloring(least=3, share=0.5, people=10),
    silent_source=SilentSource(times=2, least=6 * HOUR, intervals=3),
    unusual_rule=UnusualRule(least=3, history=20, times=3, rise=0.2, baseline=DAY),
    by_hand=ByHand(people=1),
)


class World(Protocol):
    """Books under test."""

    @property
    def views(self) -> Views:
        """To look from outside."""
        ...

    def begin(self) -> AbstractAsyncContextManager[Books]:
        """A transaction."""
        ...

    async def published(self) -> Sequence[AlarmChanged]:
        """What went to alarms.v1, in order."""
        ...


class Desk:
    """Hands events to the handlers as the worker does; offsets go up by one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.offset = 0
        numbers = itertools.count(1)
        self.rules = Rules("330000", THRESHOLDS, lambda: f"{next(numbers):032x}")

    async def take(self, *events: Event, now: datetime = NOW, place: Place = CODES) -> Counted:
        arrivals = []
        for event in events:
            arrivals.append(Arrival(place, self.offset, look(event, THRESHOLDS.by_hand)))
            self.offset += 1
        return await self.again(*arrivals, now=now)

    async def again(self, *arrivals: Arrival, now: datetime = NOW, end: int | None = None) -> Counted:
        ends = {} if end is None else {arrivals[0].place: end}
        async with self.world.begin() as books:
            return await count(books, arrivals, ends, self.rules, now)

    async def look(self, now: datetime) -> Counter[AlarmKind]:
        async with self.world.begin() as books:
            return await look_at_time(books, self.rules, now)

    async def told(self) -> list[tuple[AlarmKind, AlarmState, int, int]]:
        events = await self.world.published()
        return [(event.kind, event.state, event.revision, event.evidence.count) for event in events]

    async def count(self, kind: Kind, dimension: Dimension = Dimension.ALL) -> dict[str, int]:
        query = Query(
            kind=kind, dimension=dimension, since=NOW - 365 * DAY, until=NOW + 365 * DAY, size=1000 * DAY,
            origin=NOW - 365 * DAY,
        )  # fmt: skip
        return {row.value: row.n for row in await self.world.views.counts(query)}


class OversightBehaviour:
    """Every test gets a `world` with empty books."""

    async def test_counts_by_kind_rule_cause_and_source(self, world: World) -> None:
        desk = Desk(world)
        await desk.take(changed(Color.PENDING, Color.GREEN, hits=()), changed(Color.GREEN, Color.RED), finding("r"))
        assert await desk.count(Kind.CHANGED) == {"": 2}
        assert await desk.count(Kind.STRICTER, Dimension.RULE) == {"listed": 1}
        assert await desk.count(Kind.STRICTER, Dimension.SOURCE) == {"市疾控中心": 1}
        assert await desk.count(Kind.CHANGED, Dimension.CAUSE) == {"listing": 2}
        assert await desk.count(Kind.FINDING, Dimension.RULE) == {"r": 1}
        assert await world.views.latest() == NOW

    async def test_windows_areas_and_colors_are_told_apart_and_paged(self, world: World) -> None:
        desk = Desk(world)
        events = [changed(Color.PENDING, color, NOW + n * HOUR) for n in range(3) for color in (Color.RED, Color.GREEN)]
        await desk.take(*events)
        query = Query(
            kind=Kind.CHANGED, since=NOW, until=NOW + DAY, size=HOUR, origin=NOW, by_area=True, by_color=True, limit=4
        )
        first = await world.views.counts(query)
        assert [(row.since, row.area, row.color, row.n) for row in first[:2]] == [
            (NOW, "330100", "green", 1),
            (NOW, "330100", "red", 1),
        ]
        rest = await world.views.counts(
            Query(**{name: getattr(query, name) for name in query.__struct_fields__} | {"after": first[-1][:4]})
        )
        assert len(first) + len(rest) == len({*first, *rest}) == len(events)

    async def test_people_are_where_their_last_change_put_them(self, world: World) -> None:
        desk = Desk(world)
        await desk.take(*(changed(Color.PENDING, Color.GREEN, version=1) for _ in range(3)))
        await desk.take(changed(Color.GREEN, Color.RED), changed(Color.GREEN, Color.YELLOW))
        expected = [("330100", color, 1) for color in ("green", "red", "yellow")]
        assert [tuple(each) for each in await world.views.residents()] == expected

    async def test_what_comes_twice_counts_once(self, world: World) -> None:
        desk = Desk(world)
        arrivals = [Arrival(CODES, n, look(changed(Color.GREEN, Color.RED), THRESHOLDS.by_hand)) for n in range(4)]
        first = await desk.again(*arrivals[:3])
        second = await desk.again(*arrivals)
        assert (len(first.fresh), len(second.fresh)) == (3, 1)
        assert await desk.count(Kind.CHANGED) == {"": 4}

    async def test_a_log_that_began_anew_is_counted_anew(self, world: World) -> None:
        desk = Desk(world)
        seen = look(changed(Color.GREEN, Color.RED), THRESHOLDS.by_hand)
        await desk.again(Arrival(CODES, 100, seen), end=101)
        await desk.again(Arrival(CODES, 5, seen), end=101)
        assert await desk.count(Kind.CHANGED) == {"": 1}
        await desk.again(Arrival(CODES, 0, seen), end=1)
        assert await desk.count(Kind.CHANGED) == {"": 2}

    async def test_a_late_event_counts_as_late_and_changes_no_window(self, world: World) -> None:
        desk = Desk(world)
        counted = await desk.take(changed(Color.GREEN, Color.RED), changed(Color.GREEN, Color.RED, NOW - 31 * MINUTE))
        assert counted.late == 1
        assert await desk.count(Kind.CHANGED) == {"": 1}
        assert await desk.count(Kind.LATE) == {"": 1}
        # another partition has a time of its own
        other = Place("hc.330000.codes.v1", 1)
        assert (await desk.take(changed(Color.GREEN, Color.RED, NOW - DAY), place=other)).late == 0

    async def test_bulk_recoloring_opens_once_doubles_and_is_over(self, world: World) -> None:
        desk = Desk(world)
        red = [changed(Color.GREEN, Color.RED, NOW + n * MINUTE) for n in range(12)]
        await desk.take(*(changed(Color.PENDING, Color.GREEN) for _ in range(8)))
        await desk.take(*red[:2])
        assert await desk.told() == []
        await desk.take(*red[2:4])
        bulk, opened = AlarmKind.BULK_RECOLORING, AlarmState.OPEN
        assert await desk.told() == [(bulk, opened, 1, 4), (bulk, opened, 1, 4)]  # by the rule, and by the source
        await desk.take(*red[4:7])
        assert len(await desk.told()) == 2  # no new one, nor twice as many
        await desk.take(*red[7:9])
        assert [(revision, n) for _, _, revision, n in (await desk.told())[2:]] == [(2, 9), (2, 9)]
        alarms = await world.views.alarms(open_only=True, after=None, limit=10)
        assert {(a.event.rule, a.event.source) for a in alarms} == {("listed", None), (None, "市疾控中心")}
        assert alarms[0].event.evidence.total == 8
        assert (await desk.look(NOW + HOUR))[bulk] == 2
        assert (await desk.look(NOW + 2 * HOUR))[bulk] == 0
        assert [state for _, state, _, _ in (await desk.told())[4:]] == [AlarmState.CLEARED] * 2
        # and a new one when it begins anew
        await desk.take(*(changed(Color.GREEN, Color.RED, NOW + DAY) for _ in range(4)), now=NOW + DAY)
        alarms = await world.views.alarms(open_only=False, after=None, limit=10)
        assert [alarm.event.state for alarm in alarms] == [opened] * 2 + [AlarmState.CLEARED] * 2

    async def test_a_first_color_is_no_recoloring(self, world: World) -> None:
        desk = Desk(world)
        await desk.take(*(changed(Color.PENDING, Color.RED) for _ in range(20)))
        assert await desk.told() == []

    async def test_a_rule_that_decides_more_than_usual(self, world: World) -> None:
        desk = Desk(world)
        await desk.take(*(finding("usual", NOW - 5 * HOUR) for _ in range(38)))
        await desk.take(*(finding("rare", NOW - 5 * HOUR) for _ in range(2)))
        await desk.take(*(finding("usual") for _ in range(6)), finding("rare"), finding("rare"))
        assert await desk.told() == []
        await desk.take(*(finding("rare", NOW + MINUTE) for _ in range(4)))
        ((kind, state, _, n),) = await desk.told()
        assert (kind, state, n) == (AlarmKind.UNUSUAL_RULE, AlarmState.OPEN, 6)
        (alarm,) = await world.views.alarms(open_only=True, after=None, limit=10)
        assert (alarm.event.rule, alarm.event.evidence.share, alarm.event.evidence.usual) == ("rare", 0.5, 0.05)

    async def test_a_decision_by_hand_is_told_at_once(self, world: World) -> None:
        desk = Desk(world)
        await desk.take(changed(Color.RED, Color.GREEN, cause="decision"))
        assert await desk.told() == [(AlarmKind.BY_HAND, AlarmState.OPEN, 1, 1)]

    async def test_a_source_is_silent_until_it_is_heard_of(self, world: World) -> None:
        desk = Desk(world)
        for n in range(5):
            at = NOW + n * 12 * HOUR
            await desk.take(listing(at), listing(at + MINUTE), now=at)
        last = NOW + 48 * HOUR
        assert (await desk.look(last + 24 * HOUR)).total() == 0
        assert (await desk.look(last + 25 * HOUR))[AlarmKind.SILENT_SOURCE] == 1
        assert (await desk.look(last + 30 * HOUR))[AlarmKind.SILENT_SOURCE] == 1
        await desk.take(listing(last + 31 * HOUR), now=last + 31 * HOUR)
        silent = AlarmKind.SILENT_SOURCE
        assert await desk.told() == [(silent, AlarmState.OPEN, 1, 0), (silent, AlarmState.CLEARED, 2, 0)]

    async def test_what_is_old_is_forgotten(self, world: World) -> None:
        desk = Desk(world)
        await desk.take(changed(Color.GREEN, Color.RED, cause="decision"))
        await desk.look(NOW + 3 * DAY)
        async with world.begin() as books:
            await forget_old(books, desk.rules, NOW + 100 * DAY)
        assert await desk.count(Kind.CHANGED) == {}
        assert await world.views.alarms(open_only=False, after=None, limit=10) == []

    async def test_news_is_each_alarm_as_it_stands(self, world: World) -> None:
        desk = Desk(world)
        await desk.take(changed(Color.GREEN, Color.RED, cause="decision"))
        ((number, alarm),) = await world.views.news(0, 10, open_only=True)
        assert alarm.event.kind is AlarmKind.BY_HAND
        assert await world.views.news(number, 10, open_only=False) == []
        await desk.look(NOW + 3 * DAY)
        ((later, alarm),) = await world.views.news(number, 10, open_only=False)
        assert later > number
        assert alarm.event.state is AlarmState.CLEARED
        assert await world.views.news(0, 10, open_only=True) == []
