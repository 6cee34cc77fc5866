"""The audit's intake on PostgreSQL: the same behaviour as the twin, and what only a database can get wrong."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.outbox import decode_headers
from chassis.postgres.pool import Connection, Pool
from healthcode.envelope import decode
from healthcode.events import Event, ListingRecorded
from services.audit.handlers.area import record_areas
from services.audit.handlers.listing import record_listings
from services.audit.ports.entry import Listing, Refused
from services.audit.store.entry import AREAS, LISTINGS, PostgresAreaStore, PostgresEntryStore
from tests.support.schema import delivery_pool, tables_of
from tests.twins.audit_behaviour import NOW, AreaBehaviour, ListingBehaviour, level, listing

pytestmark = pytest.mark.embedded

REGION = "330000"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "audit", tables_of("audit"))
    yield pool
    await pool.close()


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[Connection]:
    async with pool.acquire() as connection, connection.transaction():
        yield connection


class Published(list[object]):
    """What a store appended to the outbox so far, as events."""

    def __init__(self, store: PostgresEntryStore[Listing] | PostgresAreaStore) -> None:
        super().__init__()
        publish = store.publish

        async def noting(events: list[Event]) -> None:
            await publish(events)
            self.extend(events)

        store.publish = noting  # type: ignore[method-assign,assignment]  # a spy


class TestListings(ListingBehaviour):
    @pytest.fixture
    def store(self, connection: Connection) -> PostgresEntryStore[Listing]:
        return PostgresEntryStore(connection, LISTINGS, REGION, NOW)

    @pytest.fixture
    def published(self, store: PostgresEntryStore[Listing]) -> list[object]:
        return Published(store)


class TestAreas(AreaBehaviour):
    @pytest.fixture
    def areas(self, connection: Connection) -> PostgresAreaStore:
        return PostgresAreaStore(connection, AREAS, REGION, NOW)

    @pytest.fixture
    def published(self, areas: PostgresAreaStore) -> list[object]:
        return Published(areas)


async def test_what_is_published_is_in_the_outbox_under_the_subject(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await record_listings(PostgresEntryStore(connection, LISTINGS, REGION, NOW), [listing()], NOW)
    (row,) = await pool.fetch("SELECT topic, key, headers, value FROM outbox")
    event = decode(decode_headers(row["headers"]), row["value"], row["key"])
    assert row["topic"] == "hc.330000.facts.v1"
    assert isinstance(event, ListingRecorded)
    assert event.subject == "s1"


async def test_of_two_that_enter_the_same_at_once_one_is_refused(pool: Pool) -> None:
    async def enter(entry: str) -> Listing | Refused:
        async with pool.acquire() as connection, connection.transaction():
            store = PostgresEntryStore(connection, LISTINGS, REGION, NOW)
            (verdict,) = await record_listings(store, [listing(entry)], NOW)
            return verdict

    verdicts = await asyncio.gather(*(enter(f"e{n}") for n in range(6)))
    assert sorted(isinstance(verdict, Refused) for verdict in verdicts) == [False] + [True] * 5


async def test_large_chunks_that_meet_do_not_lock_each_other_out(pool: Pool) -> None:
    async def enter(entries: range) -> int:
        drafts = [listing(f"e{n}", subject=f"s{n}") for n in entries]
        async with pool.acquire() as connection, connection.transaction():
            store = PostgresEntryStore(connection, LISTINGS, REGION, NOW)
            return sum(isinstance(verdict, Listing) for verdict in await record_listings(store, drafts, NOW))

    entered = await asyncio.gather(enter(range(1000)), enter(range(999, -1, -1)), enter(range(500, 1500)))
    assert list(entered) == [1000] * 3
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 1500


async def test_a_change_of_areas_leaves_a_storm_and_the_next_number(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await record_areas(PostgresAreaStore(connection, AREAS, REGION, NOW), [level()], NOW)
    storm = await pool.fetchrow("SELECT area, cause, reference, state, fence FROM storm")
    assert tuple(storm or ()) == ("330106", "area", 2, "new", None)
    assert await pool.fetchval("SELECT version FROM reference") == 2
