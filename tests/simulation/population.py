"""Who lives in the four regions and what they do: people, employers and authorities, until time is up."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Final

from chassis.kafka.model import BrokerError, Outgoing
from chassis.postgres.errors import CONFLICTS, OUTAGES
from healthcode.envelope import encode
from healthcode.events import AreaLevelSubmitted, Event, ListingSubmitted, Stay, TestSubmitted
from healthcode.values import Category, IdType, Level, Symptom, TestKind, TestResult
from services.declaration.domain.batch import Said
from services.declaration.domain.declaration import CheckIn, Declaration, Health
from services.declaration.domain.fault import NotFound, NothingToConfirm, Refused
from services.declaration.domain.people import Basic, Caller, Document
from services.declaration.domain.trip import Trip
from services.declaration.handlers.statement import Speech, confirm, state
from services.declaration.ports import Answer, Claim
from tests.simulation.broker import SimBroker
from tests.simulation.loop import Killed, Process
from tests.simulation.wiring import REGIONS, Office, country

if TYPE_CHECKING:
    from tests.simulation.world import Place, World

AREAS: Final = ("330106", "330102", "420106", "110101", "620102")
CATEGORIES: Final = (Category.CONFIRMED, Category.CLOSE_CONTACT, Category.FEVER_CLINIC, Category.INBOUND)
PATIENCE_SECONDS: Final = 4.0
NOTHING: Final = (Refused, NotFound, NothingToConfirm)


class Region:
    """Those who live in one region, and its authorities."""

    def __init__(self, world: "World", place: "Place") -> None:
        self.world = world
        self.place = place
        self.random: Random = world.dice(f"people {place.code}")
        self.people = [f"{place.code[:2]}-{n}" for n in range(world.population)]
        self.entries: dict[str, Event] = {}
        self._serial = 0
        authority = Process(f"{place.code}.authority")
        self._broker = SimBroker(place.cluster, place.own, authority, place.weather)

    async def act(self) -> None:
        """One act of somebody's."""
        random = self.random
        does = random.choices(
            (
                self.declare,
                self.check_in,
                self.travel,
                self.speak_for,
                self.list_somebody,
                self.test,
                self.burst,
                self.all_at_once,
                self.change_policy,
            ),
            (24, 12, 12, 8, 12, 6, 12, 14, 5),
        )[0]
        await does()

    async def declare(self, area: str | None = None, person: str | None = None) -> None:
        """A person declares, perhaps with a fever, a contact or a stay."""
        person = person or self.random.choice(self.people)
        await self._state(Caller(person, frozenset({"citizen"}), person), self._declaration(person, area))

    async def all_at_once(self) -> None:
        """A person's telephone, tablet and employer speak in the same moment."""
        person = self.random.choice(self.people)
        acts = [
            partial(self.declare, None, person),
            partial(self.check_in, person),
            partial(self.declare, None, person),
        ]
        await asyncio.gather(*(act() for act in acts))

    async def check_in(self, person: str | None = None) -> None:
        """A person checks in."""
        person = person or self.random.choice(self.people)
        await self._state(Caller(person, frozenset({"citizen"}), person), CheckIn(self._health(None)))

    async def travel(self) -> None:
        """A person declares a trip into another region."""
        person, today = self.random.choice(self.people), self._today()
        destination = self.random.choice([code for code in REGIONS[1:] if code != self.place.code])
        until = self.random.choice((None, today + timedelta(days=self.random.randint(0, 9))))
        trip = Trip(destination=destination, area=destination, since=today, until=until)
        await self._state(Caller(person, frozenset({"citizen"}), person), trip)

    async def speak_for(self) -> None:
        """An employer declares for a person, who confirms or contests it."""
        person = self.random.choice(self.people)
        act = await self._state(Caller("employer", frozenset({"employer"})), self._declaration(person, None))
        if act is None or self.random.random() < 0.3:
            return
        await asyncio.sleep(self.random.random())
        caller, agreed = Caller(person, frozenset({"citizen"}), person), self.random.random() < 0.7

        async def answer(office: Office) -> str:
            async with office.units.begin() as unit:
                return (await confirm(office.desk, unit, caller, act, agreed=agreed)).id

        await self._ask(answer, person)

    async def list_somebody(self) -> None:
        """An authority lists a person, or takes an entry further, or back."""
        listed = [entry for entry in self.entries.values() if isinstance(entry, ListingSubmitted)]
        if listed and self.random.random() < 0.5:
            old = self.random.choice(listed)
            entry = self._listing(old.entry, old.revision + 1, old.person, old.category)
        else:
            person, category = self.random.choice(self.people), self.random.choice(CATEGORIES)
            entry = self._listing(self._name("l"), 1, person, category)
        await self._submit("lists-in.v1", "listing", entry.entry, entry.revision, entry)

    def _listing(self, entry: str, revision: int, person: str, category: Category) -> ListingSubmitted:
        since = self._now() - timedelta(hours=self.random.randint(0, 40))
        until = self.random.choice((None, since + timedelta(days=self.random.randint(1, 10))))
        return ListingSubmitted(
            id=f"{entry}.{revision}",
            entry=entry,
            revision=revision,
            person=person,
            category=category,
            source=f"cdc {entry}",
            evidence="case",
            valid_from=since,
            valid_until=until,
            withdrawn=revision > 1 and self.random.random() < 0.5,
        )

    async def test(self) -> None:
        """A laboratory tells of a test."""
        name = self._name("t")
        result = self.random.choice((TestResult.NEGATIVE, TestResult.NEGATIVE, TestResult.POSITIVE))
        event = TestSubmitted(
            id=f"{name}.1",
            test=name,
            revision=1,
            person=self.random.choice(self.people),
            kind=TestKind.PCR,
            result=result,
            sampled_at=self._now() - timedelta(hours=self.random.randint(1, 30)),
            source="laboratory",
            evidence="sample",
        )
        await self._submit("tests-in.v1", "test", name, 1, event)

    async def burst(self) -> None:
        """The level of an area changes while people who are new here declare that they were there."""
        area = self.random.choice(AREAS)
        newcomers = [self._name(f"{self.place.code[:2]}-new") for _ in range(3)]
        acts = [partial(self.declare, area, person) for person in newcomers]
        await asyncio.gather(*(self._later(act) for act in (partial(self.change_area, area), *acts)))

    async def _later(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        await asyncio.sleep(self.random.random() * 0.3)
        await act()

    async def change_area(self, area: str) -> None:
        """An authority sets an area's level, or another level of it."""
        name = f"a{area}"
        old = self.entries.get(name)
        since = old.valid_from if isinstance(old, AreaLevelSubmitted) else self._now() - timedelta(days=10)
        event = AreaLevelSubmitted(
            id=f"{name}.{self._serial}",
            entry=name,
            revision=old.revision + 1 if isinstance(old, AreaLevelSubmitted) else 1,
            area=area,
            level=self.random.choice((Level.HIGH, Level.HIGH, Level.MEDIUM, Level.LOW)),
            source="cdc",
            evidence="notice",
            valid_from=since,
        )
        await self._submit("areas-in.v1", "area_level", name, event.revision, event)

    async def change_policy(self) -> None:
        """Two officers put another policy in force within hours, or cancel the one that is planned."""
        name, after = self._name("v"), timedelta(hours=self.random.uniform(0.01, 30))
        slots = [slot for slot in self.place.alive() if slot.officers is not None]
        if not slots:
            return
        slot = self.random.choice(slots)
        if slot.officers is None or slot.process is None:
            return
        task = slot.process.start(slot.officers.decide(name, after), "api")
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
        if not task.done() or task.cancelled():
            return
        failure = task.exception()
        if failure is None:
            self.world.counts["changed policies"] += 1
        elif not isinstance(failure, (Killed, *OUTAGES, *CONFLICTS)):
            self.world.books.broken("nothing fails unheard", f"{self.place.code} api: {failure!r}")

    async def _submit(self, topic: str, table: str, entry: str, revision: int, event: Event) -> None:
        """Send until it is acknowledged; who does not know sends again."""
        self.entries[entry] = event
        name = f"hc.{self.place.code}.{topic}"
        wire = encode(event, owner=self.place.code, service="authority", time=self._now(), topic=name)
        producer = await self._broker.producer()
        for _ in range(200):
            try:
                await producer.send_all([Outgoing(name, wire.key, wire.value, wire.headers)])
            except BrokerError:
                await asyncio.sleep(0.1)
            else:
                self.world.submitted[self.place.code].append((table, (entry, revision)))
                return

    async def _state(self, caller: Caller, said: Said) -> str | None:
        claim = Claim(caller.account, self._name("k"), b"-")

        async def say(office: Office) -> str:
            speech = Speech(caller, said, lambda statement: Answer(202, statement.id.encode()), claim)
            return (await state(office.desk, office.units, office.gathering, speech)).answer.body.decode()

        return await self._ask(say, caller.account)

    async def _ask(self, what: Callable[[Office], Coroutine[Any, Any, str]], who: str) -> str | None:
        """Ask any process that answers, again and again; gives the act, or None when it is refused."""
        for _ in range(60):
            offices = [slot for slot in self.place.alive() if slot.office is not None]
            if not offices:
                await asyncio.sleep(0.3)
                continue
            slot = self.random.choice(offices)
            if slot.office is None or slot.process is None:
                continue
            task = slot.process.start(what(slot.office), "api")
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
            if task.done() and not task.cancelled():
                failure = task.exception()
                if failure is None:
                    self.world.books.acknowledged(self.place.code, task.result(), who)
                    return task.result()
                if isinstance(failure, NOTHING):
                    self.world.counts["refused acts"] += 1
                    return None
                if not isinstance(failure, (Killed, *OUTAGES, *CONFLICTS)):
                    self.world.books.broken("nothing fails unheard", f"{self.place.code} api: {failure!r}")
            await asyncio.sleep(0.2)
        return None

    def _declaration(self, person: str, area: str | None) -> Declaration:
        document = Document(IdType.OTHER, person)
        basic = Basic(name="-", document=document, phone="-", address="-", residence=self.place.code)
        return Declaration(basic, self._health(area))

    def _health(self, area: str | None) -> Health:
        random, today = self.random, self._today()
        ill = random.random() < 0.25
        stays: tuple[Stay, ...] = ()
        if area is not None or random.random() < 0.3:
            first = random.randint(1, 6)
            since, until = today - timedelta(days=first), today - timedelta(days=random.randint(0, first))
            stays = (Stay(area=area or random.choice(AREAS), since=since, until=until),)
        return Health(
            temperature=38.1 if ill else 36.5,
            symptoms=(Symptom.FEVER,) if ill and random.random() < 0.5 else (),
            contact=random.random() < 0.06,
            stays=stays,
        )

    def _name(self, kind: str) -> str:
        self._serial += 1
        return f"{kind}{self.place.code[:2]}{self._serial:05}"

    def _now(self) -> datetime:
        return self.world.now()

    def _today(self) -> Any:
        return self._now().astimezone(self.world.zone).date()


async def live(world: "World", until: float) -> None:
    """Everybody does what they do until that time of the loop."""
    regions = [Region(world, place) for code, place in world.places.items() if _declares(code)]
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:

        async def days() -> None:
            random = world.dice("calendar")
            while loop.time() < until:
                await asyncio.sleep(random.uniform(0.3, 2.0))
                hours = random.choice((1, 3, 8) if world.is_under_way() else (8, 24, 24, 48, 24 * 5))
                world.jumped += timedelta(hours=hours)
                world.trace.note("time passes", "world", hours=hours, now=world.now().isoformat())

        async def people(region: Region) -> None:
            while loop.time() < until:
                await asyncio.sleep(region.random.expovariate(world.pace))
                group.create_task(region.act())

        group.create_task(days())
        for region in regions:
            group.create_task(people(region))


def _declares(code: str) -> bool:
    return "declaration" in country().regions[code].services
