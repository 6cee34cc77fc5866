"""Places, passes and proofs on PostgreSQL: pages, searches that people see, and what is forgotten when."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from chassis.postgres.pool import Pool
from healthcode.values import Color
from services.issuer.domain.place import Pass, Place, Search
from services.issuer.store.places import PostgresPasses, PostgresPlaceBook
from tests.support.schema import delivery_pool, tables_of
from tests.twins.issuer_findings import ALICE, BOB, DAY, NOW

pytestmark = pytest.mark.embedded

HOUR = timedelta(hours=1)


def place(name: str) -> Place:
    return Place(
        id=name, name=f"{name} 3 号门", area="330106", owner="authority/cdc", registered_by="o1", registered_at=NOW
    )


def passed(subject: str, where: str, hours: int) -> Pass:
    return Pass(
        place=where, subject=subject, at=NOW + hours * HOUR, color=Color.GREEN, number=f"{hours:06d}", how="scanned"
    )


def search(**whose: str | None) -> Search:
    return Search(
        at=NOW + DAY,
        caller="o1",
        authority="cdc",
        purpose="流调",
        subject=whose.get("subject"),
        place=whose.get("place"),
        since=NOW,
        until=NOW + 3 * HOUR,
    )


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "issuer", tables_of("issuer"))
    book = PostgresPlaceBook(pool)
    for name in ("aaaaaaaaaaaaa", "bbbbbbbbbbbbb"):
        await book.add(place(name))
    passes = PostgresPasses(pool)
    for hours in range(4):
        await passes.record(passed(ALICE, "aaaaaaaaaaaaa", hours))
    await passes.record(passed(BOB, "bbbbbbbbbbbbb", 1))
    yield pool
    await pool.close()


async def test_a_place_is_found_and_closed_by_its_owner_once(pool: Pool) -> None:
    book = PostgresPlaceBook(pool)
    assert await book.find("aaaaaaaaaaaaa") == place("aaaaaaaaaaaaa")
    assert await book.find("zzzzzzzzzzzzz") is None
    assert await book.close("aaaaaaaaaaaaa", "authority/other", NOW) is None
    first = await book.close("aaaaaaaaaaaaa", "authority/cdc", NOW + HOUR)
    again = await book.close("aaaaaaaaaaaaa", "authority/cdc", NOW + DAY)
    assert first == again == await book.find("aaaaaaaaaaaaa")
    assert first is not None
    assert first.closed_at == NOW + HOUR


async def test_pages_of_passes(pool: Pool) -> None:
    passes = PostgresPasses(pool)
    first = await passes.of_person(ALICE, None, 3)
    rest = await passes.of_person(ALICE, first[-1].id, 3)
    assert [kept.what.number for kept in (*first, *rest)] == ["000003", "000002", "000001", "000000"]
    assert (first[0].name, first[0].area) == ("aaaaaaaaaaaaa 3 号门", "330106")
    assert [kept.what.number for kept in await passes.at_place("aaaaaaaaaaaaa", NOW + 2 * HOUR, 9)] == [
        "000003",
        "000002",
    ]


async def test_a_search_is_on_record_and_seen_by_whom_it_concerns(pool: Pool) -> None:
    passes = PostgresPasses(pool)
    assert [kept.what.number for kept in await passes.search(search(subject=ALICE), 9)] == [
        "000002",
        "000001",
        "000000",
    ]
    assert [kept.what.subject for kept in await passes.search(search(place="bbbbbbbbbbbbb"), 9)] == [BOB]
    assert await passes.search(search(subject="nobody"), 9) == []
    assert [(one.subject, one.place) for one in await passes.searches(ALICE, 9)] == [(ALICE, None)]
    assert [(one.subject, one.place) for one in await passes.searches(BOB, 9)] == [(None, "bbbbbbbbbbbbb")]


async def test_of_many_who_show_the_same_proof_at_once_one_is_the_first(pool: Pool) -> None:
    passes = PostgresPasses(pool)
    repeated = await asyncio.gather(*(passes.is_repeated(b"proof", NOW) for _ in range(20)))
    assert sorted(repeated) == [False] + [True] * 19
    assert not await passes.is_repeated(b"another", NOW)


async def test_passes_are_forgotten_in_steps_and_proofs_sooner(pool: Pool) -> None:
    passes = PostgresPasses(pool)
    await passes.is_repeated(b"proof", NOW)
    await passes.search(search(subject=ALICE), 9)
    assert await passes.forget(NOW + 2 * HOUR, NOW, 2) == 2
    assert await passes.is_repeated(b"proof", NOW)
    assert len(await passes.searches(ALICE, 9)) == 1
    assert await passes.forget(NOW + 2 * HOUR, NOW + HOUR, 2) == 1
    assert not await passes.is_repeated(b"proof", NOW + HOUR)
    assert [kept.what.number for kept in await passes.of_person(ALICE, None, 9)] == ["000003", "000002"]
    await passes.forget(NOW + 2 * DAY, NOW, 9)
    assert await passes.searches(ALICE, 9) == []
