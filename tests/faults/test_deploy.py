"""A deploy that rejects everything stops at its limit, however often it is started; after the mend nothing is amiss."""

import asyncio
from collections import Counter

import asyncpg
import pytest

from tests.support import topics
from tests.support.database import rows
from tests.support.faults.deploys import MODULE, REJECTING
from tests.support.faults.world import ROLES, World, trial
from tests.support.polling import eventually
from tests.support.topics import Written

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]

LIMIT = 100
STARTS = 3
TOPICS = ("declarations.v1", "facts.v1")
MEND = "UPDATE audit.stream_offset SET strikes = 0 WHERE topic = ANY($1)"


def test_a_deploy_that_rejects_everything(world: World) -> None:
    bootstrap = world.region.environment["KAFKA_BOOTSTRAP"]
    names = [f"hc.{world.region.region}.{name}" for name in TOPICS]
    boxes = [f"{name}.dlq" for name in names]
    with trial(world, "a deploy that rejects everything, and its mend", per_second=100, people=2) as going:
        known = set(topics.read(bootstrap, boxes))
        world.end("audit.worker")
        going.begin()
        for start in range(STARTS):
            world.region.spawn("rejecting", MODULE, REJECTING)
            assert [code for _, code in world.as_they_end(["rejecting"])] != [0], f"start {start} ran on"
        eventually("all dead letters are out", lambda: not rows(world.region.database_url)["audit.outbox"])
        letters = [letter for letter in topics.read(bootstrap, boxes) if letter not in known]
        assert "dead_letter_limit" in world.log("rejecting")
        places = Counter(letter.header("hc_place").rpartition("/")[0] for letter in letters)
        assert max(places.values(), default=0) <= LIMIT, places
        assert len(going.load.accepted) > len(letters), "it drained the topics"

        asyncio.run(mend(world.region.database_url, names))
        world.region.spawn("audit.worker", *ROLES["audit.worker"])
        topics.write(bootstrap, [as_it_was(letter) for letter in letters])
        replayed = {letter.header("ce_id") for letter in letters}
        books = going.recovered(replayed=replayed)
    assert books.balance(), books


async def mend(url: str, names: list[str]) -> None:
    """What docs/delivery.md says to do after the deploy is mended."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(MEND, names)
    finally:
        await connection.close()


def as_it_was(letter: Written) -> Written:
    """A dead letter as it came."""
    headers = tuple((name, value) for name, value in letter.headers if not name.startswith("hc_"))
    return Written(letter.topic.removesuffix(".dlq"), letter.key, letter.value, headers)
