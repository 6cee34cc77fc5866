"""Contested facts on PostgreSQL: whose they are, the clock, who may answer."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count

import pytest

from chassis.outbox import decode_headers
from chassis.postgres.pool import Pool
from healthcode.envelope import decode
from healthcode.events import CorrectionAsked, Event
from healthcode.two_officers import Officer
from healthcode.values import CorrectionCategory
from services.audit.handlers.correction import (
    Answer,
    Settled,
    UnknownCorrection,
    escalate_overdue,
    settle,
    take_corrections,
)
from services.audit.handlers.listing import record_listings
from services.audit.ports.correction import DESK, Correction, Step
from services.audit.store.correction import PostgresCorrectionStore
from services.audit.store.entry import LISTINGS, PostgresEntryStore
from tests.support.schema import delivery_pool, tables_of
from tests.twins.audit_behaviour import NOW, listing

pytestmark = pytest.mark.embedded

REGION = "330000"
HOUR = timedelta(hours=1)


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "audit", tables_of("audit"))
    yield pool
    await pool.close()


@pytest.fixture
async def store(pool: Pool) -> AsyncIterator[PostgresCorrectionStore]:
    async with pool.acquire() as connection, connection.transaction():
        yield PostgresCorrectionStore(connection, REGION, NOW)


_numbers = count()


def new_id() -> str:
    return f"n{next(_numbers):06}"


def asked(ident: str, fact: str, after: timedelta = HOUR * 0) -> CorrectionAsked:
    at = NOW + after
    return CorrectionAsked(
        id=ident, subject="s-1", at=at, category=CorrectionCategory.NOT_ME, fact=fact, due=at + 24 * HOUR
    )


def answer(authority: str, *, outcome: str = "rejected", supervises: bool = False) -> Answer:
    return Answer(Officer("o", "p", authority), outcome, "because it is right", supervises)  # type: ignore[arg-type]  # one of two


async def nothing(*_: object) -> Step | None:
    return None


async def published(store: PostgresCorrectionStore) -> list[Event]:
    rows = await store._connection.fetch("SELECT headers, value, key FROM outbox ORDER BY id")
    return [decode(decode_headers(row["headers"]), row["value"], row["key"]) for row in rows]


async def taken(store: PostgresCorrectionStore) -> Correction:
    entries = PostgresEntryStore(store._connection, LISTINGS, REGION, NOW)
    (entered,) = await record_listings(entries, [listing()], NOW)
    assert not isinstance(entered, Exception)
    await take_corrections(store, [asked("c-1", entered.fact), asked("c-2", "nobody's")], NOW, new_id)
    found = await store.lock("c-1")
    assert found is not None
    return found


async def test_each_goes_to_its_owner_once(store: PostgresCorrectionStore) -> None:
    mine = await taken(store)
    await take_corrections(store, [asked("c-1", mine.fact)], NOW, new_id)
    desk = await store.lock("c-2")
    assert (mine.owner, mine.kind) == (listing().source, "listing")
    assert desk is not None
    assert (desk.owner, desk.kind) == (DESK, "statement")
    assert [step.step for step in await store.steps("c-1")] == ["asked"]
    assigned = [e for e in await published(store) if e.type == "org.healthcode.correction.assigned.v1"]
    assert len(assigned) == 2
    with pytest.raises(UnknownCorrection):
        await settle(store, "c-1", answer("another"), nothing, NOW, new_id())
    with pytest.raises(UnknownCorrection):
        await settle(store, "c-1", answer("another", supervises=True), nothing, NOW, new_id())


async def test_the_clock_escalates_once_and_then_a_supervisor_may_answer(store: PostgresCorrectionStore) -> None:
    mine = await taken(store)
    assert await store.lock_overdue(mine.due - HOUR, 10) == []
    assert await escalate_overdue(store, mine.due, 1, new_id) is True
    assert await escalate_overdue(store, mine.due, 10, new_id) is False
    assert await store.lock_overdue(mine.due, 10) == []
    inbox = await store.inbox(["another"], escalated=True, after=None, limit=10)
    assert {each.id for each in inbox} == {"c-1", "c-2"}
    settled = await settle(store, "c-1", answer("another", supervises=True), nothing, mine.due + HOUR, new_id())
    assert (settled.outcome, settled.settled_by) == ("rejected", "o")
    with pytest.raises(Settled):
        await settle(store, "c-1", answer(mine.owner), nothing, NOW, new_id())
    assert [step.step for step in await store.steps("c-1")] == ["asked", "escalated", "settled"]


async def test_the_inbox_goes_by_remaining_time(store: PostgresCorrectionStore) -> None:
    await take_corrections(store, [asked(f"c-{n}", "x", HOUR * ((7 * n) % 5)) for n in range(5)], NOW, new_id)
    seen: list[Correction] = []
    after = None
    while page := await store.inbox([DESK], escalated=False, after=after, limit=2):
        seen += page
        after = page[-1].id
    assert [each.due for each in seen] == sorted(each.due for each in seen)
    assert len(seen) == 5
