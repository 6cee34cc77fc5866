"""Load for oversight, what of it is true, and what oversight has counted of it."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import asyncpg
from aiokafka import AIOKafkaProducer

from chassis.kafka.model import Outgoing
from chassis.kafka.ports import TransactionalProducer
from healthcode.envelope import encode
from healthcode.events import CodeChanged, Event, RuleHit
from healthcode.values import Color, EvidenceClass

RULES: Final = ("listed", "contact", "fever", "stay")
COLORS: Final = (Color.GREEN, Color.YELLOW, Color.RED)
COUNTED: Final = """
SELECT value, color, sum(n)::bigint AS n FROM oversight.count
WHERE kind = 'changed' AND dimension = 'rule' GROUP BY value, color
"""
READ: Final = "SELECT coalesce(sum(n), 0)::bigint FROM oversight.count WHERE dimension = 'all' AND kind = 'changed'"


@dataclass
class Load:
    """Changes of codes as the issuer would publish them, in transactions; `truth` is what was committed."""

    region: str
    pick: random.Random
    at: datetime
    truth: Counter[tuple[str, str]] = field(default_factory=Counter)
    sent: int = 0

    @property
    def topic(self) -> str:
        """Where they go."""
        return f"hc.{self.region}.codes.v1"

    def batch(self, size: int) -> list[Outgoing]:
        """Some changes, counted as if they were committed."""
        events = [self._change() for _ in range(size)]
        self.truth.update((event.hits[0].rule, event.color.value) for event in events)
        self.sent += size
        return [outgoing(event, self.region, self.at) for event in events]

    async def publish(self, producer: TransactionalProducer, batches: int, size: int) -> None:
        """Each batch in a transaction of its own."""
        for _ in range(batches):
            await producer.publish(self.batch(size))

    async def abort(self, bootstrap: str, size: int) -> None:
        """Records that are never committed: they count nowhere."""
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"{self.region}-aborts")
        await producer.start()
        await producer.begin_transaction()
        for record in (outgoing(self._change(), self.region, self.at) for _ in range(size)):
            await producer.send_and_wait(record.topic, value=record.value, key=record.key, headers=list(record.headers))
        await producer.abort_transaction()
        await producer.stop()

    def _change(self) -> CodeChanged:
        self.at += timedelta(seconds=1)
        color, subject = self.pick.choice(COLORS), f"{self.pick.randrange(500):026d}"
        hit = RuleHit(
            rule=self.pick.choice(RULES), color=color, reason="r", facts=("f",), sources=("cdc",), since=self.at
        )
        return CodeChanged(
            id=f"{self.pick.getrandbits(64):016x}", subject=subject, incarnation=1, version=1, previous=Color.PENDING,
            color=color, act="may_enter", since=self.at, hits=(hit,), policy="p", policy_version="1", finding="f",
            cause="listing", evidence=EvidenceClass.LISTED, residence="330106", changed_at=self.at,
        )  # fmt: skip


def outgoing(event: Event, region: str, at: datetime) -> Outgoing:
    """An event as a service of the region publishes it."""
    wire = encode(event, owner=region, service="test", time=at)
    return Outgoing(wire.topic, wire.key, wire.value, wire.headers)


async def counted(database_url: str) -> Counter[tuple[str, str]]:
    """What oversight has counted, by rule and color."""
    connection = await asyncpg.connect(database_url)
    try:
        return Counter({(row["value"], row["color"]): row["n"] for row in await connection.fetch(COUNTED)})
    finally:
        await connection.close()


async def read(database_url: str) -> int:
    """How many changes it has counted."""
    connection = await asyncpg.connect(database_url)
    try:
        return int(await connection.fetchval(READ))
    finally:
        await connection.close()
