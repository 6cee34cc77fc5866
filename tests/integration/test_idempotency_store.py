"""What a key promises on a real database: one effect, whatever runs at once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from chassis.http.idempotency import KEPT, IdempotencyKey, Stored, claim, complete, purge, request_hash
from chassis.http.problems import Problem
from chassis.postgres.pool import Pool, open_pool

pytestmark = pytest.mark.embedded

TABLE = Path("chassis/migrations/20200101000002_idempotency.sql").read_text("utf-8").partition("-- migrate:down")[0]
NOW = datetime(2020, 2, 11, tzinfo=UTC)
KEY = IdempotencyKey("k-1", request_hash("POST", "/v1/declarations", b"{}"))
SAME_KEY = IdempotencyKey("k-1", request_hash("POST", "/v1/declarations", b"[]"))
ANSWER = Stored(201, b'{"id":"d1"}')


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    conn = await asyncpg.connect(database_url)
    await conn.execute(f"CREATE SCHEMA svc; SET search_path = svc; {TABLE}")
    await conn.close()
    pool = await open_pool(database_url, "svc")
    yield pool
    await pool.close()


async def accept(pool: Pool, key: IdempotencyKey = KEY, client: str = "c1", now: datetime = NOW) -> Stored | None:
    async with pool.acquire() as conn, conn.transaction():
        stored = await claim(conn, client, key, now)
        if stored is None:
            await complete(conn, client, key, ANSWER)
        return stored


async def test_the_same_request_gets_the_first_answer(pool: Pool) -> None:
    assert await accept(pool) is None
    assert await accept(pool) == ANSWER
    assert await accept(pool, now=NOW + KEPT) == ANSWER


async def test_keys_of_different_clients_are_different(pool: Pool) -> None:
    assert await accept(pool) is None
    assert await accept(pool, client="c2") is None


async def test_another_request_under_the_same_key_is_refused(pool: Pool) -> None:
    await accept(pool)
    with pytest.raises(Problem) as refused:
        await accept(pool, SAME_KEY)
    assert (refused.value.kind.status, refused.value.kind.slug) == (422, "idempotency-key-reused")


@pytest.mark.parametrize("key", [KEY, SAME_KEY])
async def test_a_key_in_flight_is_refused_at_once(pool: Pool, key: IdempotencyKey) -> None:
    async with pool.acquire() as conn, conn.transaction():
        assert await claim(conn, "c1", KEY, NOW) is None
        with pytest.raises(Problem) as refused:
            await accept(pool, key)
    assert refused.value.kind.status == 409
    assert refused.value.headers["Retry-After"] == "1"


async def test_what_was_rolled_back_never_happened(pool: Pool) -> None:
    async with pool.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        await claim(conn, "c1", KEY, NOW)
        await transaction.rollback()
    assert await accept(pool, SAME_KEY) is None


async def test_a_key_is_free_again_after_a_day(pool: Pool) -> None:
    await accept(pool)
    later = NOW + KEPT + timedelta(seconds=1)
    assert await accept(pool, SAME_KEY, now=later) is None
    assert await accept(pool, SAME_KEY, now=later) == ANSWER


async def test_old_answers_are_purged(pool: Pool) -> None:
    await accept(pool)
    await accept(pool, client="c2", now=NOW + timedelta(hours=1))
    async with pool.acquire() as conn:
        assert await purge(conn, NOW + timedelta(minutes=1)) == 1
    assert await accept(pool, SAME_KEY) is None
    assert await accept(pool, client="c2") == ANSWER


async def test_two_services_of_one_database_do_not_meet(pool: Pool, database_url: str) -> None:
    conn = await asyncpg.connect(database_url)
    await conn.execute(f"CREATE SCHEMA other; SET search_path = other; {TABLE}")
    async with pool.acquire() as first, first.transaction(), conn.transaction():
        assert await claim(first, "c1", KEY, NOW) is None
        assert await claim(conn, "c1", KEY, NOW) is None
    await conn.close()
