"""A curious hub, regions and an integrator pool what they hold: which watches can be found to be one person's."""

import json
import re
from collections.abc import Iterable
from datetime import timedelta

import pytest

from healthcode.values import Color, EvidenceClass
from tests.support.recognition import GANSU, HUBEI, NOW, REGIONS, ZHEJIANG, code, find, inbox, national, scanned, trip
from tests.twins.recognition_asks import CREDENTIAL, NUMBER
from tests.unit.recognition.test_recognition_in_memory import TwinWorld, nation

__all__ = ["nation"]

TELLING = re.compile(r"[0-9A-Za-z+/=-]{20,}|passport-\w+")
"""What no two people have in common by chance: names, handles, digests, what is sealed."""
OTHER = "ff" * 16
Record = frozenset[str]


async def travelled(world: TwinWorld, *, shown_in_gansu: str) -> None:
    """One person: a trip to each of two regions, a registration in one, and a scan in each."""
    subject = world.subject(HUBEI, NUMBER)
    await world.happen(HUBEI, code(subject, Color.GREEN, 1, EvidenceClass.NONE))
    await world.happen(HUBEI, trip(subject, ZHEJIANG), trip(subject, GANSU))
    await world.register(ZHEJIANG, HUBEI, NUMBER, NOW + timedelta(days=2))
    for region, credential in ((ZHEJIANG, CREDENTIAL), (GANSU, shown_in_gansu)):
        await world.happen(region, scanned(credential, HUBEI))
        await find(world, HUBEI, subject)
    await world.happen(HUBEI, code(subject, Color.RED, 2, EvidenceClass.LISTED))


def telling(text: str) -> Record:
    return frozenset(TELLING.findall(text))


async def on_topics(world: TwinWorld, topics: Iterable[str]) -> list[Record]:
    wires = [wire for topic in topics for wire in await world.written(topic)]
    return [telling(json.dumps(json.loads(wire.value)) + wire.key.decode()) for wire in wires]


async def hub(world: TwinWorld) -> list[Record]:
    return await on_topics(world, [name(region) for region in REGIONS for name in (inbox, national)])


async def integrator(world: TwinWorld, region: str) -> list[Record]:
    return await on_topics(world, [f"hc.{region}.guests.v1"])


async def destination(world: TwinWorld, region: str) -> list[Record]:
    """Its tables, and all topics but those that its checkpoints' scans lie on for a day."""
    rows = [f"{ask.ask} {ask.handle} {(ask.credential or b'').hex()}" for ask in world.asks[region].asks.values()]
    rows += [str(guest) for guest in world.guests[region].known.values()]
    return [telling(row) for row in rows] + await on_topics(world, [national(region), f"hc.{region}.guests.v1"])


def joined(records: Iterable[Record], handles: Iterable[str]) -> list[set[str]]:
    """The handles of each heap of records that hang together by anything telling."""
    heaps: list[set[str]] = []
    for record in records:
        touched = [heap for heap in heaps if heap & record]
        heaps = [heap for heap in heaps if heap not in touched] + [set(record).union(*touched)]
    return [found for heap in heaps if (found := heap & set(handles))]


@pytest.fixture
def world(nation: object) -> TwinWorld:
    return TwinWorld(nation)  # type: ignore[arg-type]  # the nation of the twin's own tests


def handles_of(world: TwinWorld) -> set[str]:
    handles = {guest.handle for region in (ZHEJIANG, GANSU) for guest in world.guests[region].known.values()}
    assert len(handles) == 5
    return handles


async def test_a_hub_sees_five_watches_and_not_one_person(world: TwinWorld) -> None:
    await travelled(world, shown_in_gansu=CREDENTIAL)
    records = await hub(world)
    assert sorted(map(len, joined(records, handles_of(world)))) == [1] * 5
    everything = set().union(*records)
    assert not {CREDENTIAL, NUMBER, world.subject(HUBEI, NUMBER)} & everything


async def test_a_hub_a_destination_and_an_integrator_that_pool_see_no_more(world: TwinWorld) -> None:
    await travelled(world, shown_in_gansu=CREDENTIAL)
    pooled = await hub(world) + await destination(world, ZHEJIANG) + await integrator(world, GANSU)
    assert sorted(map(len, joined(pooled, handles_of(world)))) == [1] * 5
    assert not {NUMBER, world.subject(HUBEI, NUMBER)} & set().union(*pooled)


async def test_two_destinations_that_pool_join_whoever_showed_one_credential_to_both(world: TwinWorld) -> None:
    await travelled(world, shown_in_gansu=CREDENTIAL)
    pooled = await destination(world, ZHEJIANG) + await destination(world, GANSU)
    assert sorted(map(len, joined(pooled, handles_of(world)))) == [1, 1, 1, 2], (
        "the two scans, and neither trip nor stay"
    )


async def test_two_destinations_that_pool_join_nobody_who_showed_a_fresh_one_to_each(world: TwinWorld) -> None:
    await travelled(world, shown_in_gansu=OTHER)
    pooled = await destination(world, ZHEJIANG) + await destination(world, GANSU) + await hub(world)
    assert sorted(map(len, joined(pooled, handles_of(world)))) == [1] * 5


async def test_the_home_alone_knows_all_five(world: TwinWorld) -> None:
    await travelled(world, shown_in_gansu=OTHER)
    home = world.homes[HUBEI].homes[world.subject(HUBEI, NUMBER)]
    assert {watch.handle for watch in home.watches.values()} == handles_of(world)
