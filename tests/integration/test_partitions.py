"""Links between regions and the nation's broker break, on the real broker and database, and everything converges.

Each region's clients reach the national broker by a wire of their own, which can be cut and held.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any, Final

import aiokafka.client
import pytest

from chassis.documents import read_yaml
from chassis.kafka.model import Outgoing
from chassis.kafka.real import KafkaBroker
from chassis.kafka.topics import load_topics
from chassis.postgres.pool import Pool
from chassis.run import Runtime, run_all
from deploy.keys import make_keys
from healthcode.envelope import encode
from healthcode.events import Event
from healthcode.region import region_from
from healthcode.values import Color, EvidenceClass
from services.recognition.bootstrap import build, national_topics, read_translation
from services.recognition.config import Settings
from services.recognition.domain.guest import Guest
from services.recognition.domain.link import Silence, freshness
from services.recognition.store.home import LOCK, WATCHES, code_of, watch_of
from services.recognition.store.views import PostgresViews
from tests.support.brokers import either_broker
from tests.support.convergence import Told, differences
from tests.support.faults.proxy import Proxy
from tests.support.recognition import NOW, code, trip
from tests.support.schema import delivery_pool, tables_of

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(300)]

HUB, ONE, OTHER = "100000", "510000", "520000"
MODELS: Final = {HUB: "100000", ONE: "330000", OTHER: "420000"}
TOPICS = load_topics(Path("deploy/kafka/topics.yaml"))
TABLES = tables_of("recognition")
SECONDS: Final = 90
RATE: Final = 30
"""So many seconds of theirs are one of ours: beats come every ten of theirs."""


class Clock:
    """Flows fast."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        return NOW + timedelta(seconds=RATE * (time.monotonic() - self._began))


@dataclass
class Side:
    """Implements tests.support.convergence.Side over the tables of one region."""

    pool: Pool

    async def told(self) -> Iterable[Told]:
        subjects = [row["subject"] for row in await self.pool.fetch("SELECT subject FROM home_code ORDER BY subject")]
        codes = {row["subject"]: code_of(row) for row in await self.pool.fetch(LOCK, subjects)}
        return [Told(watch_of(row), codes[row["subject"]]) for row in await self.pool.fetch(WATCHES, subjects)]

    async def guests(self) -> Mapping[str, Guest]:
        return {guest.handle: guest for guest in await PostgresViews(self.pool).guests("", 10_000)}


class Nation:
    """Three regions as they are built for production, each with its wire to the national broker."""

    def __init__(self, clock: Clock, broker: KafkaBroker) -> None:
        self.clock = clock
        self.wires: dict[str, Proxy] = {}
        self.sides: dict[str, Side] = {}
        self.tables = {code: _table(model) for code, model in MODELS.items()}
        self._broker = broker

    async def join(self, region: str, opened: AsyncExitStack, settings: Settings) -> Runtime:
        """A region with its database and its wire."""
        address = settings.kafka_bootstrap
        self.wires[region] = opened.enter_context(Proxy.of(f"kafka://{address}"))
        pool = await delivery_pool(settings.database_url, f"r{region}", TABLES)
        opened.push_async_callback(pool.close)
        self.sides[region] = Side(pool)
        await self._broker.create_topics([*TOPICS.for_region(region), *national_topics(settings, TOPICS)])
        national = KafkaBroker(address, client_id=region)
        opened.push_async_callback(national.close)
        return Runtime("recognition", settings, self.clock, self._broker, national, pool, TOPICS)

    async def happen(self, region: str, *events: Event) -> None:
        wires = [encode(event, owner=region, service="other", time=self.clock.now()) for event in events]
        await self.send([Outgoing(w.topic, w.key, w.value, w.headers) for w in wires])

    async def send(self, records: list[Outgoing]) -> None:
        producer = await self._broker.producer()
        await producer.send_all(records)

    async def people(self, count: int) -> None:
        """So many of each region are in the other."""
        for home, there in ((ONE, OTHER), (OTHER, ONE)):
            people = [f"{home} {n}" for n in range(count)]
            await self.happen(home, *(code(each, Color.GREEN, 1, EvidenceClass.NONE) for each in people))
            await self.happen(home, *(trip(each, there) for each in people))

    async def turn(self, home: str, color: Color, version: int, count: int) -> None:
        people = [f"{home} {n}" for n in range(count)]
        await self.happen(home, *(code(each, color, version, EvidenceClass.LISTED) for each in people))

    async def differences(self, *homes: str) -> list[str]:
        sides = {code: self.sides[code] for code in homes or (ONE, OTHER)}
        return await differences(sides, self.tables, self.clock.now())

    async def converged(self, guests: int) -> None:
        """Wait until every guest is as home says."""

        async def same() -> bool:
            here = sum([len(await self.sides[region].guests()) for region in (ONE, OTHER)])
            return here == guests and not await self.differences()

        await until(same, lambda: "not converged")

    async def colors(self, region: str) -> set[Color]:
        return {guest.color for guest in (await self.sides[region].guests()).values()}

    async def age(self, region: str, origin: str) -> tuple[timedelta, Silence | None]:
        now = self.clock.now()
        links = await PostgresViews(self.sides[region].pool).links()
        fresh = freshness(links, origin, datetime(2000, 1, 1, tzinfo=UTC), now)
        return now - fresh.as_of, fresh.silence

    async def silent(self, region: str, origin: str, silence: Silence | None) -> None:
        async def so() -> bool:
            return (await self.age(region, origin))[1] is silence

        await until(so, lambda: f"{region} does not see {silence} of {origin}")


async def until(so: Callable[[], Any], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + SECONDS
    while not await so():
        assert time.monotonic() < deadline, what()
        await asyncio.sleep(0.1)


def _table(model: str) -> Any:
    region = region_from(read_yaml(Path("regions") / model / "region.yaml"))
    return read_translation(Path("regions"), region)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Regions that no other test has, and their keys."""
    made = tmp_path_factory.mktemp("nation")
    for region, model in MODELS.items():
        copytree(Path("regions") / model, made / "regions" / region)
        document = made / "regions" / region / "region.yaml"
        document.write_text(document.read_text("utf-8").replace(model, region), "utf-8")
    make_keys(made, made / "regions", list(MODELS), valid_from=NOW - timedelta(days=1))
    return made


@pytest.fixture
async def nation(
    folder: Path, kafka_bootstrap: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Nation]:
    clock, stop = Clock(), asyncio.Event()
    real = aiokafka.client.create_conn
    async with AsyncExitStack() as opened:
        broker = await opened.enter_async_context(either_broker(kafka_bootstrap))
        assert isinstance(broker, KafkaBroker)
        made = Nation(clock, broker)

        async def by_wire(host: str, port: int, **more: Any) -> Any:
            """Whatever address the broker gives of itself, a region's clients go by their wire."""
            wire = made.wires.get(str(more.get("client_id")))
            return await real(*((host, port) if wire is None else ("127.0.0.1", wire.port)), **more)

        monkeypatch.setattr(aiokafka.client, "create_conn", by_wire)
        runtimes = [
            await made.join(region, opened, _settings(region, folder, database_url, kafka_bootstrap))
            for region in MODELS
        ]
        async with asyncio.TaskGroup() as tasks:
            for runtime in runtimes:
                service = await build(runtime)
                parts = {f"{role}.{n}": part for role, each in service.roles.items() for n, part in enumerate(each)}
                tasks.create_task(run_all(parts, stop))
            yield made
            for wire in made.wires.values():
                wire.mend()
            stop.set()


def _settings(region: str, folder: Path, database_url: str, bootstrap: str) -> Settings:
    return Settings(
        region=region,
        regions=folder / "regions",
        kafka_bootstrap=bootstrap,
        database_url=database_url,
        secrets=folder / region,
        catalogue=folder / "catalogue.json",
        recognition_timer_seconds=0.1,
    )


async def test_hub_away_one_way_cut_and_flood_all_converge(nation: Nation, folder: Path) -> None:
    """One after another in one nation, for it takes seconds to make one."""
    await nation.people(5)
    await nation.converged(10)
    await nation.silent(OTHER, ONE, None)

    nation.wires[HUB].refuse()
    await nation.turn(ONE, Color.RED, 2, 5)
    await nation.silent(OTHER, ONE, Silence.HUB)
    assert await nation.colors(OTHER) == {Color.GREEN}
    assert (await nation.age(OTHER, ONE))[0] > timedelta(seconds=30)
    nation.wires[HUB].mend()
    await nation.converged(10)
    assert await nation.colors(OTHER) == {Color.RED}
    await nation.silent(OTHER, ONE, None)

    nation.wires[ONE].hold(there=False)  # what it asks arrives, and no answer comes
    await nation.turn(ONE, Color.YELLOW, 3, 5)
    await nation.turn(OTHER, Color.RED, 2, 5)
    await nation.silent(OTHER, ONE, Silence.HOME)
    await nation.silent(ONE, OTHER, Silence.HUB)
    assert await nation.colors(ONE) == {Color.GREEN}
    nation.wires[ONE].mend()
    await nation.converged(10)

    flood = [Outgoing(f"hc.national.{ONE}.inbox.v1", f"{n}".encode(), b"{}", ()) for n in range(3000)]
    await nation.send(flood)
    began = time.monotonic()
    await nation.turn(OTHER, Color.GREEN, 3, 5)

    async def through() -> bool:
        return not await nation.differences(OTHER, ONE) or await nation.colors(ONE) == {Color.GREEN}

    await until(through, lambda: "another region's flood is in the way")
    assert time.monotonic() - began < SECONDS / 3
