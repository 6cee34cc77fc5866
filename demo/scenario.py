"""Areas and lists are known, people declare and travel, some are listed later, levels are raised, days pass."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any, Final, TypeVar

from demo import situation
from demo.cast import TRAVELLING, Part, Story
from demo.days import Days, many
from demo.follower import Follower
from demo.intake import BATCH_LINES, BULK_LINES, Entry, Intake
from demo.population import Channel, Person
from demo.report import Screen
from demo.settings import DECLARING

DAYS: Final = 15
OFFICES_ON_DAY: Final = 1
LISTED_ON_DAY: Final = 2
RAISED_ON_DAY: Final = 3
OFFICE_SHARE: Final = 20  # one in so many is checked in by the employer, and one is tested
CALM_PER_SECOND: Final = 20
T = TypeVar("T")


@dataclass
class Sent:
    """What was accepted: the ids of declarations, check-ins, trips and confirmations, and who travels."""

    accepted: set[str] = field(default_factory=set)
    travellers: list[Person] = field(default_factory=list)
    people: int = 0


class Scenario:
    """Plays the cast over the HTTP interfaces."""

    def __init__(self, parts: Sequence[Part], intake: Intake, follower: Follower, days: Days, screen: Screen) -> None:
        self._parts = parts
        self._intake = intake
        self._follower = follower
        self._days = days
        self._screen = screen
        self.sent = Sent(people=len(parts))
        days.sent = self.accepted

    def accepted(self, ident: str, *, sample: bool = False) -> None:
        """An answer 202 came."""
        self.sent.accepted.add(ident)
        self._follower.tally.delays.accepted(ident, time.perf_counter(), sample=sample)

    async def play(self) -> None:
        """The first day, and then one after another. Days pass in turns, so that nobody else's acts fall between."""
        async with self._days.turn():
            await self._first_day()
            bar = self._screen.bar("days", DAYS)
            self._follower.phase = "days pass"
            for number in range(1, DAYS + 1):
                await self._days.pass_one()
                self._follower.tally.point(self._days.now)
                if number == OFFICES_ON_DAY:
                    await self._offices()
                if number == LISTED_ON_DAY:
                    await self._list(self._of(Story.TRAVELS_LISTED, Story.OBSERVED))
                if number == RAISED_ON_DAY:
                    await self._raise_levels()
                bar.step()
            await self._days.settle()

    async def _first_day(self) -> None:
        self._follower.phase = "lists and areas"
        for region in DECLARING:
            for known in situation.at_risk(self._days.now):
                await self._intake.set_level(region, *known)
        listed = self._of(Story.LISTED, Story.ISOLATED)
        await self._list(listed[::2])
        self._follower.phase = "declaring"
        calm = len(self._parts) // 100
        hurried, waiting = self._parts[calm:], self._parts[:calm]
        await asyncio.gather(
            self._declare_themselves(hurried), *(self._employ(hurried, region) for region in DECLARING)
        )
        await self._list(listed[1::2])
        await self._travel()
        await self._days.settle()
        await self._declare_calmly(waiting)
        self._days.streaks |= {part.person.sub: part.person for part in self._parts if part.on_streak}

    async def _list(self, parts: Sequence[Part]) -> None:
        now = self._days.now.replace(microsecond=0)
        categories = [(part.person, situation.category(part, number)) for number, part in enumerate(parts)]
        entries = [Entry(person, category, now) for person, category in categories if category is not None]
        for region in DECLARING:
            for some in chunks((entry for entry in entries if entry.person.region == region), BULK_LINES):
                await self._intake.enter(region, some)

    async def _declare_themselves(self, parts: Sequence[Part]) -> None:
        mine = [part for part in parts if part.person.channel is Channel.SELF]
        bar = self._screen.bar("citizens declare", len(mine))

        async def declare(part: Part) -> None:
            self.accepted(await self._intake.declare(part.person, self._health(part)))
            bar.step()

        await many(declare, mine)

    async def _declare_calmly(self, parts: Sequence[Part]) -> None:
        """At a steady pace with nothing else going on, so that the delay measured is not that of a queue."""
        bar = self._screen.bar(f"citizens declare, {CALM_PER_SECOND} a second", len(parts))
        started = time.perf_counter()

        async def declare(number: int, part: Part) -> None:
            await asyncio.sleep(started + number / CALM_PER_SECOND - time.perf_counter())
            self.accepted(await self._intake.declare(part.person, self._health(part)), sample=True)
            bar.step()

        async with asyncio.TaskGroup() as group:
            for number, part in enumerate(parts):
                group.create_task(declare(number, part))

    async def _employ(self, parts: Sequence[Part], region: str) -> None:
        """Employers declare for their people, and those confirm it who do."""
        staff = [part for part in parts if part.person.region == region and part.person.channel is not Channel.SELF]
        bar = self._screen.bar(f"employers and their people, {region}", len(staff))
        for number, some in enumerate(chunks(staff, BATCH_LINES)):
            lines = [{"kind": "declaration", "basic": p.person.basic, "health": self._health(p)} for p in some]
            idents = await self._intake.batch(region, f"employer-{region}-{number}", lines)
            for ident in idents:
                self.accepted(ident)
            confirming = [
                (part.person, ident)
                for part, ident in zip(some, idents, strict=True)
                if part.person.channel is Channel.CONFIRMED
            ]
            bar.step(len(some) - len(confirming))
            await many(self._confirming(bar.step), confirming)

    async def _offices(self) -> None:
        """Some employers check in for their people, whose word it needs to count; a laboratory tests some others."""
        well = [part.person for part in self._of(Story.WELL) if part.person.channel is Channel.CONFIRMED]
        for region in DECLARING:
            staff = [person for person in well if person.region == region]
            present = staff[: max(1, len(staff) // OFFICE_SHARE)]
            lines = [{"kind": "check_in", "person": person.document, "temperature": 36.5} for person in present]
            for some in chunks(lines, BATCH_LINES):
                for ident in await self._intake.batch(region, f"employer-{region}-0", some):
                    self.accepted(ident)
            for others in chunks(staff[-len(present) :], BULK_LINES):
                await self._intake.test(region, others, self._days.now.replace(microsecond=0))

    def _confirming(self, step: Callable[[], None]) -> Callable[[tuple[Person, str]], Awaitable[None]]:
        async def confirm(one: tuple[Person, str]) -> None:
            self.accepted(await self._intake.confirm(*one))
            step()

        return confirm

    async def _travel(self) -> None:
        travelling = [part for part in self._parts if part.story in TRAVELLING]
        bar = self._screen.bar("trips to other regions", len(travelling))
        today = self._days.today

        async def leave(one: tuple[int, Part]) -> None:
            number, part = one
            destination, area = situation.destination(part.person.region, number)
            until = today + timedelta(days=situation.TRIP_DAYS)
            self.accepted(await self._intake.travel(part.person, destination, area, today, until))
            self.sent.travellers.append(part.person)
            bar.step()

        await many(leave, enumerate(travelling))

    async def _raise_levels(self) -> None:
        for region in DECLARING:
            for raised in situation.raised(self._days.now):
                await self._intake.set_level(region, *raised)

    def _health(self, part: Part) -> dict[str, Any]:
        return situation.health(part, self._days.today)

    def _of(self, *stories: Story) -> list[Part]:
        return [part for part in self._parts if part.story in stories]


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items, so many at a time."""
    iterator = iter(items)
    while some := list(islice(iterator, size)):
        yield some
