"""The three things to try on the live page: declare and see the QR, be put on a list, let fourteen days pass."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from demo.days import Days
from demo.follower import Follower
from demo.intake import Entry, Intake
from demo.population import Person, Population
from demo.settings import GANSU, HUBEI, ZHEJIANG, DemoError
from healthcode.values import Category, Color

TRIPS: Final = ((HUBEI, "420500"), (GANSU, "620100"))
TRIP_DAYS: Final = 30
ISOLATION_DAYS: Final = 14
WATCH_SECONDS: Final = 60.0
BUSY: Final = "The population is still declaring, or another step is under way: wait until that is done."


class Actions:
    """Steps of one citizen of Zhejiang, played over the same HTTP interfaces as everybody's."""

    def __init__(self, population: Population, intake: Intake, follower: Follower, days: Days) -> None:
        self._population = population
        self._intake = intake
        self._follower = follower
        self._days = days
        self._step = asyncio.Lock()
        self._open = False
        self._citizen: Person | None = None
        self._subject = ""
        self._mine: dict[str, Any] = {}
        self._handles: dict[str, str] = {}

    @property
    def ready(self) -> bool:
        """Whether a step can be tried now."""
        return self._open and not self._step.locked()

    def open(self) -> None:
        """From now on steps can be tried."""
        self._open = True

    async def mine(self) -> dict[str, Any] | None:
        """The citizen's code here and abroad, or None before the first step.

        `{"code": {"color", "act", "reason", "source", "until", "out"}, "svg", "guests": [{"region", "color", "at"}]}`;
        `act`, `reason` and `out` are `{"zh", "en"}`, times ISO 8601.
        """
        if not self._mine:
            return None
        guests = ((region, self._follower.tally.guest(region, handle)) for region, handle in self._handles.items())
        told = [
            {"region": region, "color": state.color.value, "at": state.changed_at.isoformat()}
            for region, state in guests
            if state is not None
        ]
        return {**self._mine, "guests": told}

    async def declare(self) -> None:
        """Somebody new declares, and announces trips to Hubei and Gansu. Raises DemoError."""
        async with self._one_step(), self._days.turn():
            person = self._population.person(ZHEJIANG, ZHEJIANG)
            outcome = await self._follower.outcome(await self._intake.declare(person))
            today = self._days.today
            for destination, area in TRIPS:
                until = today + timedelta(days=TRIP_DAYS)
                await self._follower.outcome(await self._intake.travel(person, destination, area, today, until))
            self._citizen, self._subject = person, outcome.subject
            self._days.streaks[person.sub] = person
            await self._await_watches(person)
            await self._look(person)

    async def put_on_list(self) -> None:
        """An officer lists the citizen as a close contact: red here, red abroad. Raises DemoError."""
        async with self._one_step(), self._days.turn():
            person = self._declared()
            await self._intake.enter(
                person.region, [Entry(person, Category.CLOSE_CONTACT, self._days.now.replace(microsecond=0))]
            )
            await self._until_colored(Color.RED)
            await self._look(person)

    async def pass_days(self) -> None:
        """Fourteen days pass, with a normal check-in on each: what isolates a contact ends. Raises DemoError."""
        async with self._one_step(), self._days.turn():
            person = self._declared()
            for _ in range(ISOLATION_DAYS):
                await self._days.pass_one()
                self._follower.tally.point(self._days.now)
                await self._look(person)
            await self._days.settle()
            await self._look(person)

    @asynccontextmanager
    async def _one_step(self) -> AsyncIterator[None]:
        if not self.ready:
            raise DemoError(BUSY)
        async with self._step:
            yield

    def _declared(self) -> Person:
        if self._citizen is None:
            raise DemoError("Declare as a citizen first.")
        return self._citizen

    async def _await_watches(self, person: Person) -> None:
        """Until the regions of the trips say what the person counts as there."""
        self._handles = {}
        try:
            async with asyncio.timeout(WATCH_SECONDS):
                while len(self._handles) < len(TRIPS):
                    found = await self._intake.watches(person)
                    self._handles = {watch["destination"]: watch["handle"] for watch in found if watch["handle"]}
        except TimeoutError:
            raise DemoError(f"After {WATCH_SECONDS:.0f} s no other region watches that citizen's trips.") from None
        await self._until_colored(Color.GREEN)

    async def _until_colored(self, color: Color) -> None:
        tally, subject = self._follower.tally, self._subject

        def holds() -> bool:
            states = [tally.guest(region, handle) for region, handle in self._handles.items()]
            return tally.color(ZHEJIANG, subject) is color and all(s and s.color is color for s in states)

        await self._follower.until(holds, f"that citizen as {color.value}, here and abroad")

    async def _look(self, person: Person) -> None:
        """Look at the code as the person sees it."""
        codes = {lang: await self._intake.own_code(person, lang) for lang in ("zh", "en")}
        svg = await self._intake.picture(person)
        first = codes["zh"]
        authorities = [name for reason in first["reasons"] for name in reason["authorities"]]
        self._mine = {
            "svg": svg,
            "code": {
                "color": first["color"],
                "until": first["until"],
                "source": "、".join(dict.fromkeys(authorities)),
                "act": {lang: code["act_word"] for lang, code in codes.items()},
                "reason": {lang: " ".join(each["text"] for each in code["reasons"]) for lang, code in codes.items()},
                "out": {lang: " · ".join(code["next_steps"][1:]) for lang, code in codes.items()},
            },
        }
