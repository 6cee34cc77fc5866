"""Looks at one service's schema and at the logs beside it; changes nothing."""

from collections.abc import AsyncIterator, Callable
from typing import Final

import asyncpg
import msgspec

from chassis import outbox
from chassis.kafka.model import Record, TopicPartition, UnknownTopic
from chassis.kafka.ports import Broker
from chassis.kafka.topics import NATIONAL
from chassis.postgres.pool import Connection
from chassis.relay.relay import Marker
from chassis.restore.model import Known, Plan, Position, Restored
from chassis.run import NATIONAL as NATIONAL_LANE
from chassis.run import REGIONAL, relay_topic
from healthcode.envelope import topic_name

PART: Final = 5000

INCARNATION: Final = "SELECT incarnation FROM incarnation"
POSITIONS: Final = """
SELECT consumer, topic, partition, next_offset FROM stream_offset WHERE next_offset IS NOT NULL ORDER BY 1, 2, 3
"""
OUTBOX: Final = "SELECT id, lane, topic, key, headers, value FROM outbox"

BrokerOf = Callable[[int], Broker]
Wire = tuple[bytes, bytes, bytes]


async def survey(connection: Connection, service: str, region: str, broker_of: BrokerOf, restored: Restored) -> Plan:
    """What does not fit. Reads the service's topics from beginning to end: minutes, where much is kept."""
    own = int(await connection.fetchval(INCARNATION) or 0)
    seen = await _highest_incarnation(service, region, broker_of)
    plan = Plan(service, own, max(own, seen) + 1, mend=restored.mend, unknowable=restored.unknowable)
    for row in await connection.fetch(POSITIONS):
        tp = TopicPartition(row["topic"], row["partition"])
        begin, end = await _bounds(broker_of(lane_of(tp.topic)), tp)
        plan.positions.append(Position(row["consumer"], tp, row["next_offset"], begin, end))
    rows = await connection.fetch(OUTBOX)
    plan.waiting = len(rows)
    plan.published = await _published(rows, broker_of)
    for known in restored.known:
        await _compare(connection, known, topic_name(region, known.topic), broker_of(REGIONAL), plan)
    return plan


def lane_of(topic: str) -> int:
    """On which broker a topic is."""
    return NATIONAL_LANE if topic.startswith(topic_name(NATIONAL, "")) else REGIONAL


async def _highest_incarnation(service: str, region: str, broker_of: BrokerOf) -> int:
    """By the relay's own numbers: a backup may have been restored once before."""
    names = {f"{region}-{service}-{lane}".encode() for lane in (REGIONAL, NATIONAL_LANE)}
    highest = 0
    for lane in (REGIONAL, NATIONAL_LANE):
        async for record in _records(broker_of(lane), relay_topic(region, lane)):
            if record.key in names and record.value:
                highest = max(highest, msgspec.json.decode(record.value, type=Marker).incarnation)
    return highest


async def _bounds(broker: Broker, tp: TopicPartition) -> tuple[int, int]:
    try:
        return (await broker.bounds(tp.topic)).get(tp, (0, 0))
    except UnknownTopic:
        return 0, 0


async def _published(rows: list[asyncpg.Record], broker_of: BrokerOf) -> list[int]:
    """The ids of outbox rows that are on their topic already: published after the backup was made."""
    waiting: dict[str, dict[Wire, int]] = {}
    for row in rows:
        waiting.setdefault(row["topic"], {})[row["key"], row["headers"], row["value"]] = row["id"]
    found: list[int] = []
    for topic, wanted in waiting.items():
        async for record in _records(broker_of(lane_of(topic)), topic):
            headers = outbox.encode_headers([(name, value or b"") for name, value in record.headers])
            number = wanted.pop((record.key or b"", headers, record.value or b""), None)
            if number is not None:
                found.append(number)
    return sorted(found)


async def _compare(connection: Connection, known: Known, topic: str, broker: Broker, plan: Plan) -> None:
    """What is on the topic alone, and what is in the tables alone."""
    wanted = {each.encode() for each in known.types}
    there: set[str] = set()
    async for record in _records(broker, topic):
        headers = dict(record.headers)
        if headers.get("ce_type") in wanted:
            there.add((headers.get("ce_id") or b"").decode("utf-8", "replace"))
    in_tables = {row[0] for row in await connection.fetch(known.query, list(there))}
    plan.after[known.after] = sorted(there - in_tables)
    if known.waiting is not None:
        waiting = {row[0] for row in await connection.fetch(known.waiting)}
        unsent = {
            dict(outbox.decode_headers(row["headers"])).get("ce_id", b"").decode("utf-8", "replace")
            for row in await connection.fetch(OUTBOX)
        }
        plan.gone[known.gone] = sorted(waiting - there - unsent)


async def _records(broker: Broker, topic: str) -> AsyncIterator[Record]:
    try:
        bounds = await broker.bounds(topic)
    except UnknownTopic:
        return
    for tp, (begin, end) in bounds.items():
        start = begin
        while start < end:
            records, start = await broker.part(tp, start, PART)
            for record in records:
                yield record
