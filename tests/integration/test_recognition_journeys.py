"""The journeys over PostgreSQL, the workers and the relays; the broker is the twin."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from chassis.kafka.model import Outgoing, TopicPartition
from chassis.kafka.topics import load_topics
from chassis.kafka.twin import TwinBroker
from chassis.keys import read_hex_key
from chassis.loop import Loop
from chassis.postgres.pool import Pool
from chassis.run import Runtime
from healthcode.credential import Es256Key, anchored
from healthcode.envelope import Encoded, encode
from healthcode.events import DaySealed, Event
from healthcode.pseudonym import subject_of
from healthcode.region import Watches
from healthcode.transparency import Seal, sign_seal
from healthcode.transparency.seal import countersigned
from healthcode.values import Attestation, Color, EvidenceClass, IdType
from services.recognition.bootstrap import build, national_topics
from services.recognition.bootstrap.wiring import new_handle, new_id
from services.recognition.config import Settings
from services.recognition.domain.ask import Ask, Asking, digest_of
from services.recognition.domain.sharing import Share
from services.recognition.domain.sought import ByDocument
from services.recognition.handlers.ask import register
from services.recognition.store.ask import PostgresAsks, PostgresAskViews
from services.recognition.store.home import PostgresHomes
from services.recognition.store.sharing import PostgresSharedViews
from services.recognition.store.views import PostgresViews
from tests.support.recognition import (
    GANSU,
    HUBEI,
    NATION,
    NOW,
    REGIONS,
    ZHEJIANG,
    Nation,
    TestClock,
    code,
    guests_of,
    inbox,
    trip,
)
from tests.support.schema import delivery_pool, tables_of
from tests.twins.recognition_asks import AskJourneys
from tests.twins.recognition_contests import ContestJourneys
from tests.twins.recognition_journeys import RecognitionJourneys
from tests.twins.sharing_journeys import SharingJourneys

pytestmark = pytest.mark.embedded

TABLES = tables_of("recognition")
TOPICS = load_topics(Path("deploy/kafka/topics.yaml"))
POSITIONS = "SELECT topic, partition, coalesce(next_offset, 0) AS next FROM stream_offset WHERE stopped_at IS NULL"
STOPPED = "SELECT topic, partition FROM stream_offset WHERE stopped_at IS NOT NULL"
READ = "SELECT EXISTS (SELECT FROM stream_offset WHERE topic = $1)"
MORE_THAN_THE_LIMIT = 150  # keys spread over the partitions about evenly
SECONDS = 20


class BuiltWorld:
    """All regions as they are built for production, each in a schema of its own, on one broker."""

    def __init__(self, nation: Nation, broker: TwinBroker, pools: dict[str, Pool]) -> None:
        self.nation = nation
        self.clock = TestClock()
        self._broker = broker
        self._pools = pools
        self._timers: list[Loop] = []

    async def start(self, database_url: str, stop: asyncio.Event, group: asyncio.TaskGroup) -> None:
        for region in REGIONS:
            settings = self._settings(region, database_url)
            await self._broker.create_topics([*TOPICS.for_region(region), *national_topics(settings, TOPICS)])
            runtime = Runtime(
                "recognition", settings, self.clock, self._broker, self._broker, self._pools[region], TOPICS
            )
            service = await build(runtime)
            self._timers += [part for part in service.roles["timer"] if isinstance(part, Loop)]
            for part in (*service.roles["worker"], *service.roles["relay"]):
                group.create_task(part.run(stop))

    def _settings(self, region: str, database_url: str) -> Settings:
        return Settings(
            region=region,
            kafka_bootstrap="twin:1",
            database_url=database_url,
            secrets=self.nation.folder / region,
            catalogue=self.nation.folder / "catalogue.json",
        )

    async def happen(self, region: str, *events: Event) -> None:
        await self.send(*(encode(event, owner=region, service="other", time=self.clock.now()) for event in events))

    async def send(self, *wires: Encoded) -> None:
        producer = await self._broker.producer()
        await producer.send_all([Outgoing(w.topic, w.key, w.value, w.headers) for w in wires])
        await self._quiet()

    async def let_pass(self, time: timedelta) -> None:
        self.clock.at += time
        for timer in self._timers:
            while await timer.tick():
                pass
        await self._quiet()

    async def written(self, topic: str) -> Sequence[Encoded]:
        records = await self._broker.last_records(topic, 1000)
        records.sort(key=lambda record: record.timestamp)
        return [Encoded(r.topic, r.key or b"", r.value or b"", tuple(r.headers)) for r in records]

    async def partitions(self, topic: str) -> int:
        return await self._broker.partitions(topic)

    async def stopped(self, region: str) -> set[tuple[str, int]]:
        return {(row["topic"], row["partition"]) for row in await self._pools[region].fetch(STOPPED)}

    async def until_read(self, region: str, topic: str) -> None:
        async with asyncio.timeout(SECONDS):
            while not await self._pools[region].fetchval(READ, topic):
                await asyncio.sleep(0.05)

    def subject(self, region: str, number: str) -> str:
        return subject_of(read_hex_key(self.nation.folder / region, "pseudonym.key"), IdType.PASSPORT, number)

    async def register(self, region: str, origin: str, number: str, until: datetime) -> Ask:
        asking = Asking(region, Watches(), self.nation.catalogue.askable, new_id, new_handle)
        async with self._pools[region].acquire() as connection, connection.transaction():
            store = PostgresAsks(connection, region, self.nation.signer(region))
            document = ByDocument(IdType.PASSPORT, number)
            asked = await register(store, asking, origin, document, until, self.clock.now())
        await self._quiet()
        return asked

    async def ask(self, region: str, ask: str) -> Ask | None:
        return await PostgresAskViews(self._pools[region]).ask(ask)

    async def ask_about(self, region: str, credential: str) -> Ask | None:
        return await PostgresAskViews(self._pools[region]).ask_about(digest_of(credential))

    def pool(self, region: str) -> Pool:
        return self._pools[region]

    async def shared(self, region: str, subject: str) -> list[Share]:
        return await PostgresSharedViews(self._pools[region]).mine(subject, NOW - timedelta(days=365), 100)

    def views(self, region: str) -> PostgresViews:
        return PostgresViews(self._pools[region])

    async def _quiet(self) -> None:
        """Wait until every worker has read everything and every relay has published everything.

        Twice in a row and the hub first: what was on its way during the first look is seen in the second.
        """
        quiet = 0
        async with asyncio.timeout(SECONDS):
            while quiet < 2:
                quiet = quiet + 1 if all([await self._idle(pool) for pool in self._pools.values()]) else 0
                await asyncio.sleep(0.005)

    async def _idle(self, pool: Pool) -> bool:
        rows = await pool.fetch(POSITIONS)
        ends = self._broker.ends(TopicPartition(row["topic"], row["partition"]) for row in rows)
        behind = any(row["next"] < ends[TopicPartition(row["topic"], row["partition"])] for row in rows)
        return bool(rows) and not behind and not await pool.fetchval("SELECT count(*) FROM outbox")


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    return Nation.made_in(tmp_path_factory.mktemp("keys"))


@pytest.fixture
async def world(nation: Nation, database_url: str) -> AsyncIterator[BuiltWorld]:
    broker = TwinBroker()
    await broker.create_topics(TOPICS.for_nation(REGIONS))
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        pools = {}
        for region in REGIONS:
            pools[region] = await delivery_pool(database_url, f"r{region}", TABLES)
            stack.push_async_callback(pools[region].close)
        world = BuiltWorld(nation, broker, pools)
        async with asyncio.TaskGroup() as group:
            await world.start(database_url, stop, group)
            yield world
            stop.set()


def signing_key() -> dict[str, str]:
    key = ECKey.generate_key("P-256", private=False)
    return {**{name: str(value) for name, value in key.as_dict(private=False).items()}, "kid": key.thumbprint()}


class TestBuilt(RecognitionJourneys, AskJourneys, ContestJourneys, SharingJourneys):
    async def test_what_is_looked_up_is_what_was_told(self, world: BuiltWorld) -> None:
        await world.happen(HUBEI, code("s", Color.RED, 1, EvidenceClass.LISTED), trip("s", ZHEJIANG))
        await world.happen(HUBEI, trip("s", GANSU, attestation=Attestation.OTHER))
        home, host = world.views(HUBEI), world.views(ZHEJIANG)
        (watch,) = await home.watches("s", NOW)
        assert watch.destination == ZHEJIANG
        assert watch.handle is not None
        guest = await host.guest(watch.handle)
        assert guest is not None
        assert (guest.color, guest.watched_until, guest.reported) == (Color.RED, watch.until, True)
        assert await host.guests("", 10) == [guest]
        assert await host.guests(watch.handle, 10) == []
        await world.let_pass(watch.until - NOW)
        assert await host.guest(watch.handle) is None
        assert await home.watches("s", NOW) == []

    async def test_what_a_region_asks_by_documents_is_counted_by_the_hour(self, world: BuiltWorld) -> None:
        async with world.pool(HUBEI).acquire() as connection, connection.transaction():
            store = PostgresHomes(connection, HUBEI, world.nation.signer(HUBEI))
            assert [await store.count(ZHEJIANG, NOW, n) for n in (2, 3)] == [2, 5]
            assert await store.count(GANSU, NOW, 1) == 1
            assert await store.count(ZHEJIANG, NOW + timedelta(hours=1), 4) == 4

    async def test_a_seal_goes_to_the_nation_and_comes_home_under_its_signature(self, world: BuiltWorld) -> None:
        folder = world.nation.folder
        key = Es256Key.from_pem((folder / ZHEJIANG / "seal.pem").read_bytes())
        nation = Es256Key.from_pem((folder / NATION / "trust.pem").read_bytes()).public_key
        seals = [
            sign_seal(Seal(region=ZHEJIANG, day=NOW.date(), size=1, root=bytes([root]) * 32, sealed_at=NOW), key)
            for root in (1, 2)
        ]
        for number, signed in enumerate((seals[0], seals[0], seals[1])):
            text = base64.b64encode(signed).decode()
            await world.happen(
                ZHEJIANG, DaySealed(id=f"d{number}", region=ZHEJIANG, day=f"{NOW:%Y-%m-%d}", signed=text, at=NOW)
            )
        home = [json.loads(each.value) for each in await world.written(f"hc.{ZHEJIANG}.countersigned.v1")]
        assert len({each["countersigned"] for each in home}) == 1, "the first seal of a day, and no other"
        seen, _ = countersigned(base64.b64decode(home[0]["countersigned"]), anchored(nation))
        assert seen == seals[0]
        (letter,) = await world.written(f"hc.national.{ZHEJIANG}.seals.v1.dlq")
        assert dict(letter.headers)["hc_reason"] == b"sealed-already"
        assert await world.written(f"hc.{HUBEI}.countersigned.v1") == []

    async def test_a_region_that_floods_the_hub_with_rubbish_stops_its_own_inbox_alone(self, world: BuiltWorld) -> None:
        partitions = await world.partitions(inbox(HUBEI))
        rubbish = [Encoded(inbox(HUBEI), b"%d" % number, b"", ()) for number in range(MORE_THAN_THE_LIMIT * partitions)]
        await world.send(*rubbish)
        assert await world.stopped(NATION) == {(inbox(HUBEI), number) for number in range(partitions)}
        await world.happen(HUBEI, code("h", Color.RED, 1, EvidenceClass.LISTED), trip("h", GANSU))
        await world.happen(ZHEJIANG, code("z", Color.YELLOW, 1, EvidenceClass.CONTACT), trip("z", GANSU))
        guests = await guests_of(world, GANSU)
        assert {guest.origin for guest in guests} == {ZHEJIANG}
        assert guests[-1].color is Color.RED

    async def test_the_hub_reads_who_joins_without_a_restart(self, world: BuiltWorld, nation: Nation) -> None:
        catalogue = nation.folder / "catalogue.json"
        hainan = {**nation.document["regions"][1], "code": "460000", "signing": signing_key()}
        catalogue.with_suffix(".new").write_text(json.dumps({"regions": [*nation.document["regions"], hainan]}))
        catalogue.with_suffix(".new").replace(catalogue)
        await world.until_read(NATION, inbox("460000"))
