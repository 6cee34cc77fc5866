"""The same lives on PostgreSQL: what is in the outbox is what clients are told, in that order."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chassis.outbox import decode_headers
from chassis.postgres.errors import CONFLICTS
from chassis.postgres.pool import Connection, Pool
from chassis.postgres.transactions import Transactions
from healthcode.envelope import decode
from healthcode.events import ClientChanged, CodeShared
from healthcode.values import Color
from services.subscription.handlers.code import take_codes
from services.subscription.store.feed import PostgresFeed
from services.subscription.store.registry import PostgresRegistry
from tests.support.clients import changed_code
from tests.support.schema import delivery_pool, tables_of
from tests.twins.subscription_life import CLIENTS, OFTEN, PEOPLE, Life, name

pytestmark = pytest.mark.embedded

REGION = "330000"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "subscription", tables_of("subscription"))
    yield pool
    await pool.close()


def step(chance: random.Random, kind: str) -> tuple[Any, ...]:
    """A step of a life, at random."""
    person, client = chance.choice(PEOPLE), chance.choice(CLIENTS)
    return {
        "codes": ("codes", chance.choices(PEOPLE, k=chance.randint(1, 4))),
        "agree": ("agree", person, client, chance.randint(1, 40)),
        "withdraw": ("withdraw", person, client),
        "grant": ("grant", client, chance.randint(1, 60)),
        "suspend": ("suspend", client),
        "later": ("later", chance.randint(0, 20)),
        "timer": ("timer",),
    }[kind]


def life_on(pool: Pool) -> Life:
    """A life whose books are in the database."""

    def registry(connection: Connection) -> PostgresRegistry:
        return PostgresRegistry(connection, REGION, life.new_id)

    def feed(connection: Connection) -> PostgresFeed:
        return PostgresFeed(connection, REGION)

    life = Life(Transactions(pool, registry), Transactions(pool, feed).begin)
    return life


@pytest.mark.parametrize("seed", range(8))
async def test_a_life_on_a_real_database(pool: Pool, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same lives each time

    life = life_on(pool)
    await life.begin()
    for _ in range(120):
        await life.play(step(chance, chance.choice([*OFTEN, "later"])))
    await life.end()
    events = [event async for event in published(pool)]
    words = [event for event in events if isinstance(event, CodeShared)]
    await life.check(words)
    assert len(words) > 10, "a life in which nothing happens tells nothing"
    for client in CLIENTS:
        versions = [e.version for e in events if isinstance(e, ClientChanged) and e.client == client]
        assert versions == list(range(1, len(versions) + 1))


@pytest.mark.parametrize("seed", range(4))
async def test_all_at_once_on_a_real_database(pool: Pool, seed: int) -> None:
    """Codes, people, officers and time in each other's way: nobody waits for ever, and no word is lost or doubled."""
    life = life_on(pool)
    await life.begin()
    kinds = {"codes": 60, "agree": 40, "withdraw": 20, "grant": 25, "suspend": 15, "timer": 25}

    async def one(kind: str, times: int, chance: random.Random) -> None:
        for _ in range(times):
            wanted = step(chance, kind)
            while not await is_done(life, wanted):
                pass
            await asyncio.sleep(chance.random() / 200)

    await asyncio.gather(*(one(kind, times, random.Random(f"{seed} {kind}")) for kind, times in kinds.items()))  # noqa: S311 - as above
    await life.end()
    words = [event async for event in published(pool) if isinstance(event, CodeShared)]
    await life.check(words)


async def test_who_is_let_in_again_waits_for_what_is_just_kept_from_them(pool: Pool) -> None:
    """Or the word that a worker holds back at that moment would be told by nobody."""
    life = life_on(pool)
    client, person = CLIENTS[0], PEOPLE[0]
    await life.begin()
    for wanted in (("codes", [person]), ("agree", person, client, 9), ("suspend", client)):
        await life.play(wanted)
    async with life.feeds() as feed:
        code = changed_code(person, 2, Color.RED)
        life.colors[person] = code.color
        assert await take_codes(feed, name, [code], life.now, life.new_id) == 0
        granted = asyncio.create_task(life.play(("grant", client, 9)))
        done, _ = await asyncio.wait([granted], timeout=0.5)
        assert not done
    await granted
    await life.end()
    words = [event async for event in published(pool) if isinstance(event, CodeShared)]
    await life.check(words)
    assert [word.color for word in words] == [Color.YELLOW, Color.RED]


async def is_done(life: Life, wanted: tuple[Any, ...]) -> bool:
    """False when two transactions were in each other's way, and the step has to be tried again."""
    before = dict(life.versions), dict(life.colors)
    try:
        await life.play(wanted)
    except CONFLICTS:
        if wanted[0] == "codes":
            life.versions, life.colors = before
        return False
    return True


async def published(pool: Pool) -> AsyncIterator[object]:
    """What is in the outbox, in order."""
    for row in await pool.fetch("SELECT topic, key, headers, value FROM outbox ORDER BY id"):
        event = decode(decode_headers(row["headers"]), row["value"], row["key"])
        if isinstance(event, CodeShared):
            assert row["topic"] == f"hc.{REGION}.clients.{event.client}.codes.v1"
        yield event
