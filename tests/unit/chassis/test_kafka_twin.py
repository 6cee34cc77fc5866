"""What only the twin can do: stop a holder or a member half-way."""

import asyncio
from collections.abc import Collection, Mapping

import pytest

from chassis.kafka.model import BrokerError, Fenced, Outgoing, TopicPartition, TopicSpec
from chassis.kafka.twin import TwinBroker

TOPIC = "t"


class Beginning:
    async def claim(self, tps: Collection[TopicPartition], /) -> Mapping[TopicPartition, int | None]:
        return dict.fromkeys(tps)


@pytest.fixture
async def broker() -> TwinBroker:
    broker = TwinBroker()
    await broker.create_topics([TopicSpec(TOPIC, 2)])
    return broker


def records(*values: bytes) -> list[Outgoing]:
    return [Outgoing(TOPIC, None, value, partition=0) for value in values]


async def test_a_holder_that_wakes_up_before_its_commit_is_fenced(broker: TwinBroker) -> None:
    zombie, heir = broker.transactional_producer("x"), broker.transactional_producer("x")
    await zombie.start()
    zombie.begin(records(b"zombie"))
    await heir.start()
    with pytest.raises(Fenced):
        zombie.commit()
    await zombie.stop()
    await heir.publish(records(b"heir"))
    assert [record.value for record in await broker.last_records(TOPIC, 9)] == [b"heir"]


async def test_a_holder_fenced_while_it_publishes_publishes_nothing(broker: TwinBroker) -> None:
    zombie, heir = broker.transactional_producer("x"), broker.transactional_producer("x")
    await zombie.start()
    publishing = asyncio.ensure_future(zombie.publish(records(b"zombie")))
    await heir.start()
    with pytest.raises(Fenced):
        await publishing
    assert await broker.last_records(TOPIC, 9) == []


async def test_an_expired_member_loses_its_partitions_and_joins_again(broker: TwinBroker) -> None:
    first = await broker.consumer([TOPIC], "g", Beginning())
    second = await broker.consumer([TOPIC], "g", Beginning())
    broker.expire(first)
    assert first.assignment() == frozenset()
    await second.getmany(1, 0)
    assert len(second.assignment()) == 2
    await first.getmany(1, 0)
    await second.getmany(1, 0)
    assert (len(first.assignment()), len(second.assignment())) == (1, 1)


async def test_a_crashed_member_is_gone(broker: TwinBroker) -> None:
    first = await broker.consumer([TOPIC], "g", Beginning())
    second = await broker.consumer([TOPIC], "g", Beginning())
    await second.getmany(1, 0)
    broker.crash(second)
    await first.getmany(1, 0)
    assert len(first.assignment()) == 2
    with pytest.raises(BrokerError):
        await second.getmany(1, 0)


async def test_an_assignment_that_changes_during_the_claim_is_claimed_anew(broker: TwinBroker) -> None:
    claims: list[frozenset[TopicPartition]] = []

    class Joining:
        async def claim(self, tps: Collection[TopicPartition], /) -> Mapping[TopicPartition, int | None]:
            claims.append(frozenset(tps))
            if len(claims) == 1:
                await broker.consumer([TOPIC], "g", Beginning())
            return {}

    first = await broker.consumer([TOPIC], "g", Joining())
    await first.getmany(1, 0)
    assert [len(claim) for claim in claims] == [2, 1]
    assert first.assignment() == claims[1]


async def test_waiting_ends_with_the_next_record(broker: TwinBroker) -> None:
    reader = await broker.reader([TOPIC])
    waiting = asyncio.ensure_future(reader.getmany(10, 60))
    await asyncio.sleep(0)
    producer = await broker.producer()
    await producer.send_all(records(b"now"))
    assert [record.value for record in (await waiting)[TopicPartition(TOPIC, 0)]] == [b"now"]


async def test_a_member_whose_session_runs_out_while_it_claims_joins_again(broker: TwinBroker) -> None:
    class Slow(Beginning):
        async def claim(self, tps: Collection[TopicPartition], /) -> Mapping[TopicPartition, int | None]:
            if not expired:
                expired.append(True)
                broker.expire(member)
            return await super().claim(tps)

    expired: list[bool] = []
    member = await broker.consumer([TOPIC], "g", Slow())
    await member.getmany(1, 0)
    assert expired
    assert member.assignment() == {TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)}
