"""What the issuer keeps of clients, on PostgreSQL: the newest word counts, and a day's answers are given out once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from chassis.postgres.pool import Pool
from healthcode.events import ClientChanged, ConsentChanged
from healthcode.values import ClientState
from services.issuer.handlers.client import Allowances, QuotaSpent, take_clients
from services.issuer.store.clients import PostgresClientBook, PostgresGrants
from tests.support.schema import delivery_pool, tables_of
from tests.twins.issuer_clients import ACCOUNT, CLIENT, client, consent
from tests.twins.issuer_findings import DAY, NOW

pytestmark = pytest.mark.embedded

TODAY = date(2020, 2, 11)


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "issuer", tables_of("issuer"))
    yield pool
    await pool.close()


async def test_the_newest_word_counts(pool: Pool) -> None:
    grants = PostgresGrants(pool)
    assert await grants.of_account(ACCOUNT) is None
    for version in (2, 1, 3, 3):
        async with pool.acquire() as connection, connection.transaction():
            words: list[ClientChanged | ConsentChanged] = [client(version, per_day=version)]
            words.append(consent("somebody", version, NOW + version * DAY))
            await take_clients(PostgresClientBook(connection), [*words, *words])
    grant = await grants.of_account(ACCOUNT)
    assert grant is not None
    assert (grant.client, grant.version, grant.per_day, grant.expires_at) == (CLIENT, 3, 3, NOW + 30 * DAY)
    assert await grants.consented(CLIENT, "somebody") == NOW + 3 * DAY
    assert await grants.consented("another", "somebody") is None


async def test_of_an_accounts_clients_the_one_that_may_do_something_counts(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        gone = client(9, client="aaaaaaaaaaaaa", state=ClientState.REVOKED)
        await take_clients(PostgresClientBook(connection), [gone, client(2)])
    grant = await PostgresGrants(pool).of_account(ACCOUNT)
    assert grant is not None
    assert grant.client == CLIENT


async def test_a_days_answers_are_given_out_once_whoever_asks_at_the_same_time(pool: Pool) -> None:
    grants = PostgresGrants(pool)
    taken = await asyncio.gather(*(grants.take(CLIENT, TODAY, 7, 100) for _ in range(40)))
    assert sum(taken) == 100
    assert await grants.take(CLIENT, TODAY, 7, 105) == 5
    assert await grants.take(CLIENT, TODAY, 7, 50) == 0
    assert await grants.take(CLIENT, date(2020, 2, 12), 7, 100) == 7
    assert (await grants.forget(date(2020, 2, 12)), await grants.take(CLIENT, date(2020, 2, 12), 7, 8)) == (1, 1)


async def test_processes_side_by_side_never_give_out_more_than_a_day_has(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await take_clients(PostgresClientBook(connection), [client(per_day=500)])
    grants = PostgresGrants(pool)
    grant = await grants.of_account(ACCOUNT)
    assert grant is not None

    async def process(allowances: Allowances) -> int:
        for given_out in range(1000):
            try:
                await allowances.spend(grant, NOW)
            except QuotaSpent:
                return given_out
        return 1000

    shanghai = ZoneInfo("Asia/Shanghai")
    counts = await asyncio.gather(*(process(Allowances(grants, shanghai)) for _ in range(4)))
    assert sum(counts) == 500
