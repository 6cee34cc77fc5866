"""Timers and storms on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import count

import pytest

from chassis.outbox import decode_headers
from chassis.postgres.pool import Pool
from healthcode.envelope import decode
from healthcode.events import ReviewDue
from services.audit.handlers.area import record_areas
from services.audit.handlers.storm import advance_storms
from services.audit.handlers.timer import fire_timers
from services.audit.ports.schedule import Storm
from services.audit.store.entry import AREAS, PostgresAreaStore
from services.audit.store.schedule import PostgresScheduleStore
from tests.support.schema import delivery_pool, tables_of
from tests.twins.audit_behaviour import NOW, level

pytestmark = pytest.mark.embedded

REGION = "330000"
STAYS = [
    ("330106", "p0"),
    ("330106", "p1"),
    ("330106001", "p0"),
    ("330106001", "p2"),
    ("330100", "p3"),
    ("330107", "p4"),
]

_numbers = count()


def ids() -> str:
    return f"id{next(_numbers)}"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "audit", tables_of("audit"))
    await pool.executemany("INSERT INTO dossier (subject, reference) VALUES ($1, 1)", [(f"p{n}",) for n in range(6)])
    await pool.executemany("INSERT INTO stay (area, subject) VALUES ($1, $2)", STAYS)
    yield pool
    await pool.close()


async def change(pool: Pool, area: str = "330106", entry: str = "a1") -> None:
    async with pool.acquire() as connection, connection.transaction():
        await record_areas(PostgresAreaStore(connection, AREAS, REGION, NOW), [level(entry, area=area)], NOW)


async def step(pool: Pool, limit: int = 2) -> bool:
    async with pool.acquire() as connection, connection.transaction():
        return await advance_storms(PostgresScheduleStore(connection, REGION), NOW, limit, ids)


async def until_it_rests(pool: Pool) -> None:
    for _ in range(30):
        if not await step(pool):
            return
    raise AssertionError("the storm does not end")


async def storms(pool: Pool) -> list[Storm]:
    async with pool.acquire() as connection:
        return await PostgresScheduleStore(connection, REGION).storms(None, 10)


async def asked(pool: Pool) -> Sequence[ReviewDue]:
    rows = await pool.fetch("SELECT topic, key, headers, value FROM outbox WHERE topic LIKE '%reviews.v1' ORDER BY id")
    events = [decode(decode_headers(row["headers"]), row["value"], row["key"]) for row in rows]
    return [event for event in events if isinstance(event, ReviewDue)]


@pytest.mark.parametrize(
    ("area", "met"),
    [
        ("330106", ["p0", "p1", "p0", "p2"]),
        ("330106001", ["p0", "p2"]),
        ("330100", ["p3", "p0", "p1", "p0", "p2", "p4"]),
        ("330000", ["p3", "p0", "p1", "p0", "p2", "p4"]),
        ("420000", []),
    ],
)
async def test_a_storm_meets_all_who_were_within(pool: Pool, area: str, met: list[str]) -> None:
    await change(pool, area)
    await until_it_rests(pool)
    subjects = [review.subject for review in await asked(pool)]
    assert set(subjects) == set(met)
    (storm,) = await storms(pool)
    assert storm.swept == len(met)


async def test_a_batch_that_read_older_data_holds_the_sweep_until_it_is_seen(pool: Pool) -> None:
    """The trap: it drew a later id than the change, and before the change committed it read the older number."""
    async with pool.acquire() as changing, pool.acquire() as batch:
        change_open, batch_open = changing.transaction(), batch.transaction()
        await change_open.start()
        await record_areas(PostgresAreaStore(changing, AREAS, REGION, NOW), [level()], NOW)
        await batch_open.start()
        await batch.execute("INSERT INTO dossier (subject) VALUES ('late')")
        seen = await batch.fetchval("SELECT version FROM reference")
        await batch.execute("INSERT INTO stay (area, subject) VALUES ('330106', 'late')")
        await batch.execute("UPDATE dossier SET reference = $1 WHERE subject = 'late'", seen)
        await change_open.commit()
        await until_it_rests(pool)
        assert (await storms(pool))[0].state == "waiting"
        await batch_open.commit()
    await until_it_rests(pool)
    assert "late" in {review.subject for review in await asked(pool)}


async def test_it_is_done_once_all_were_reviewed_with_the_new_data(pool: Pool) -> None:
    await change(pool)
    await until_it_rests(pool)
    assert (await storms(pool))[0].state == "settling"
    await pool.execute("UPDATE dossier SET reference = 2")
    await until_it_rests(pool)
    assert (await storms(pool))[0].state == "done"


async def test_two_processes_do_not_sweep_at_once(pool: Pool) -> None:
    await change(pool)
    async with pool.acquire() as one, one.transaction():
        assert await PostgresScheduleStore(one, REGION).open_storms()
        assert not await step(pool)
    assert await step(pool)


async def test_timers_fire_once_though_two_processes_look(pool: Pool) -> None:
    due = [(f"t{n:04}", NOW - timedelta(seconds=n)) for n in range(3000)]
    await pool.copy_records_to_table("timer", records=[*due, ("later", NOW + timedelta(seconds=1))])

    async def fire() -> None:
        more = True
        while more:
            async with pool.acquire() as connection, connection.transaction():
                more = await fire_timers(PostgresScheduleStore(connection, REGION), NOW, 500, ids)

    await asyncio.gather(fire(), fire())
    reviews = await asked(pool)
    assert sorted(review.subject for review in reviews) == sorted(subject for subject, _ in due)
    assert {(review.cause, review.reference) for review in reviews} == {("time", None)}
    assert await pool.fetchval("SELECT subject FROM timer") == "later"


async def test_what_is_left_to_do_is_told(pool: Pool) -> None:
    async def left() -> tuple[int, float | None, int, int]:
        async with pool.acquire() as connection:
            found = await PostgresScheduleStore(connection, REGION).pending(NOW)
        waited = None if found.due_since is None else (NOW - found.due_since).total_seconds()
        return found.due, waited, found.storms, found.left

    assert await left() == (0, None, 0, 0)
    await pool.executemany(
        "INSERT INTO timer (subject, due) VALUES ($1, $2)",
        [("p0", NOW - timedelta(seconds=90)), ("p1", NOW), ("p2", NOW + timedelta(seconds=1))],
    )
    await change(pool)
    assert await left() == (2, 90.0, 1, 4)
    for _ in range(3):
        await step(pool)
    assert await left() == (2, 90.0, 1, 2)
