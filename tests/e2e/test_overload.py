"""More than a region can take: what was accepted is durable and has an outcome, the rest is told when to come back.

And a relay that stands still: the outbox grows to its bound and no further, and nothing is lost when it goes on.
"""

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from itertools import cycle
from pathlib import Path
from typing import Final

import asyncpg
import httpx
import pytest

from demo.http import Answer, Client
from deploy.local.stack import Stack
from tests.support.outcomes import Outcomes
from tests.support.people import declaration
from tests.support.region import RegionProcesses, region_processes

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(300)]

REGION: Final = "450000"
AT_ONCE, WAITING, WAIT_SECONDS = 2, 8, 2.0
OUTBOX_ROWS: Final = 150
CROWD: Final = 60
BURST: Final = 30
SOME: Final = 30
BOUNDS: Final = {
    "HC_HTTP_AT_ONCE": str(AT_ONCE),
    "HC_HTTP_WAITING": str(WAITING),
    "HC_HTTP_WAIT_SECONDS": str(WAIT_SECONDS),
    "HC_OUTBOX_ROWS": str(OUTBOX_ROWS),
    "HC_RATE_PER_SECOND": "1",
    "HC_RATE_BURST": str(BURST),
}
WAITS: Final = "SELECT count(*) FROM declaration.outbox"


class Crowd:
    """Counters who declare for one person after another, and what they were answered."""

    def __init__(self, region: RegionProcesses) -> None:
        self._region = region
        self._client = Client(region.url, connections=CROWD)
        self._number = 0
        self.accepted: list[str] = []
        self.refused: list[Answer] = []
        self.seconds: list[float] = []

    async def declare(self, counter: int) -> Answer:
        """One declaration."""
        self._number += 1
        who, person = f"counter-{counter}", f"p-{counter}"
        token = self._region.identity.token(who, roles=["counter"], region=REGION, authority="测试窗口", person=person)
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        body = json.dumps(declaration(self._number)).encode()
        asked = time.perf_counter()
        answer = await self._client.request("POST", "/v1/declarations", headers, body)
        if answer.status == httpx.codes.ACCEPTED:
            self.accepted.append(json.loads(answer.body)["id"])
            self.seconds.append(time.perf_counter() - asked)
        else:
            self.refused.append(answer)
        return answer

    def slowest(self) -> float:
        """The seconds that 99 of 100 accepted ones did not exceed, and begin to count anew."""
        ordered, self.seconds = sorted(self.seconds), []
        return ordered[int(0.99 * (len(ordered) - 1))]

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


@pytest.fixture
def region(stack: Stack, database_url: str, tmp_path: Path) -> Iterator[RegionProcesses]:
    """Everything but the relay of the declarations."""
    with region_processes(stack, database_url, tmp_path, REGION, BOUNDS) as processes:
        processes.spawn("declaration.api", "services.declaration", "api")
        for service in ("audit", "issuer"):
            processes.spawn(service, f"services.{service}", "worker", "relay")
        processes.wait_ready()
        yield processes


@pytest.fixture
async def crowd(region: RegionProcesses) -> AsyncIterator[Crowd]:
    crowd = Crowd(region)
    yield crowd
    await crowd.close()


async def fill_the_outbox(crowd: Crowd) -> None:
    """Declare, without a relay, until it is refused. Some get in between two looks at the outbox; not many."""
    async with asyncio.timeout(60):
        counters = cycle(range(1000, 1000 + CROWD))
        while not crowd.refused:
            await asyncio.gather(*(crowd.declare(next(counters)) for _ in range(AT_ONCE)))
            await asyncio.sleep(0.01)  # the bound is looked at twice a second
    for answer in crowd.refused:
        assert (answer.status, json.loads(answer.body)["code"]) == (503, "4002")
        assert answer.retry_after is not None
    crowd.refused.clear()


async def until_accepted(crowd: Crowd) -> None:
    """Ask again until it is let in; the refused ones do not count."""
    async with asyncio.timeout(30):
        while (await crowd.declare(0)).status != httpx.codes.ACCEPTED:
            await asyncio.sleep(0.1)
    crowd.refused.clear()


async def overload(crowd: Crowd, rounds: int) -> None:
    """Many more at once than there is room for, each a caller of their own."""

    async def one(counter: int) -> None:
        for _ in range(rounds):
            await crowd.declare(counter)

    await asyncio.gather(*(one(counter) for counter in range(1, CROWD + 1)))


async def too_fast(crowd: Crowd) -> list[Answer]:
    """One caller who sends faster than any may; what they were refused with."""
    answers = [await crowd.declare(999) for _ in range(2 * BURST)]
    return [answer for answer in answers if answer.status == httpx.codes.TOO_MANY_REQUESTS]


async def test_what_is_too_much_is_refused_and_what_was_accepted_comes_out(
    region: RegionProcesses, crowd: Crowd
) -> None:
    await fill_the_outbox(crowd)
    connection = await asyncpg.connect(region.database_url)
    waits = await connection.fetchval(WAITS)
    assert waits == len(crowd.accepted), "each accepted one, and nothing of the refused"
    assert OUTBOX_ROWS <= waits < 10 * OUTBOX_ROWS
    async with httpx.AsyncClient(base_url=region.url) as client:
        assert (await client.get("/health/ready")).status_code == httpx.codes.OK
        shown = (await client.get("/metrics")).text
        assert re.search(r'hc_http_refused_total\{[^}]*reason="outbox"', shown)

    region.spawn("declaration.relay", "services.declaration", "relay")
    await until_accepted(crowd)
    crowd.seconds.clear()
    for number in range(SOME):
        await crowd.declare(100 + number)
    unloaded = crowd.slowest()
    assert not crowd.refused

    await overload(crowd, rounds=3)
    assert crowd.refused, "it was no overload"
    assert {answer.status for answer in crowd.refused} == {httpx.codes.SERVICE_UNAVAILABLE}
    assert all(answer.retry_after for answer in crowd.refused)
    # As many are before one as may be inside; the caller's own processor time counts, too.
    assert crowd.slowest() <= max((AT_ONCE + WAITING) * unloaded, WAIT_SECONDS + CROWD * unloaded)
    crowd.refused.clear()
    assert (await crowd.declare(0)).status == httpx.codes.ACCEPTED, "it recovers at once"

    held = await too_fast(crowd)
    assert held
    assert all(answer.retry_after for answer in held)
    assert (await crowd.declare(998)).status == httpx.codes.ACCEPTED, "the others are not held"

    outcomes = Outcomes(region.environment["KAFKA_BOOTSTRAP"], f"hc.{REGION}.codes.v1")
    with contextlib.closing(outcomes):
        missing = await asyncio.to_thread(outcomes.read_until, crowd.accepted, 90)
    assert not missing, f"{len(missing)} accepted declarations have no outcome"
    assert {outcomes.causes[each] for each in crowd.accepted} == {1}
    stored = await connection.fetchval("SELECT count(*) FROM declaration.statement")
    await connection.close()
    assert stored == len(crowd.accepted), "nothing that was refused is kept"
