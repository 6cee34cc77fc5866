"""A service as its operators see it, over the delivery path's own tables."""

import asyncio
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx

from chassis import outbox
from chassis.clock import SystemClock
from chassis.http.app import create_app
from chassis.kafka.model import Outgoing
from chassis.kafka.topics import load_topics
from chassis.ops.desk import OpsDesk
from chassis.ops.gauges import Gauges
from chassis.ops.routes import ops_index, ops_router
from chassis.postgres.pool import Connection
from chassis.settings import ChassisSettings
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, StreamSpec
from demo.identity import DemoIdentity
from healthcode.events import ReviewDue
from tests.support.streaming import Stream, handle

TOPICS: Final = load_topics(Path("deploy/kafka/topics.yaml"))
CONSUMER: Final = "worker"
WHY: Final = "the sender was mended"


class Office:
    """Operators of one stream."""

    def __init__(self, stream: Stream, **settings: Any) -> None:
        """`settings` are those of the stream's spec; `handle` may be exchanged later."""
        self.stream = stream
        self.handle = settings.pop("handle", handle)

        async def delegate(connection: Connection, deliveries: Sequence[Delivery]) -> None:
            await self.handle(connection, deliveries)

        spec = StreamSpec(CONSUMER, [stream.topic], delegate, decoder(ReviewDue), **settings)
        self.desk = OpsDesk(
            "svc",
            lambda: [spec],
            pool=stream.pool,
            clock=SystemClock(),
            broker_of=lambda _: stream.broker,
            topics=TOPICS,
        )
        self.gauges = Gauges(self.desk)
        self._identity = DemoIdentity()
        app = create_app(
            title="svc",
            version="0",
            settings=ChassisSettings(region="330000", kafka_bootstrap="none", database_url="postgresql://none"),
            clock=SystemClock(),
            checks=[],
            authenticator=self._identity.authenticator("330000"),
        )
        app.include_router(ops_index([self.desk]))
        app.include_router(ops_router(self.desk))
        self.app = app
        self._transport = httpx.ASGITransport(app)

    def token(self, role: str = "ops", region: str = "330000") -> str:
        """A token of that role."""
        return self._identity.token("ops-1", roles=[role], region=region, client_id="admin")

    def client(self, role: str = "ops", region: str = "330000") -> httpx.AsyncClient:
        """A caller of that role."""
        headers = {"authorization": f"Bearer {self.token(role, region)}"}
        return httpx.AsyncClient(transport=self._transport, base_url="http://svc/v1/ops/svc", headers=headers)

    async def get(self, path: str, **query: Any) -> Any:
        """What a route answers."""
        async with self.client() as client:
            answer = await client.get(path, params=query)
        assert answer.is_success, answer.text
        return answer.json()

    async def post(self, path: str, *, key: str | None = None, **body: Any) -> Any:
        """What a write answers; a database that was busy is asked again."""
        headers = {"idempotency-key": key or uuid.uuid4().hex}
        async with self.client() as client, asyncio.timeout(60):
            while True:
                answer = await client.post(path, json=body, headers=headers)
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    break
        assert answer.is_success, answer.text
        return answer.json()

    async def publish(self) -> int:
        """What the relay does: the outbox to its topics; gives how many."""
        rows = await self.stream.pool.fetch("DELETE FROM outbox RETURNING *")
        for row in sorted(rows, key=lambda row: row["id"]):
            await self.stream.send(self._outgoing(row))
        return len(rows)

    async def letters(self) -> list[dict[str, Any]]:
        """All that is open, by pages of two."""
        found, cursor = [], None
        while True:
            page = await self.get("/dead-letters", limit=2, **({"cursor": cursor} if cursor else {}))
            found += page["letters"]
            cursor = page["next"]
            if cursor is None:
                return found

    async def refuse(self, *records: Outgoing) -> None:
        """Let a worker put these among the dead letters."""
        before = len(await self.letters())
        self.stream.start()
        await self.stream.send(*records)
        await self.stream.until("SELECT count(*) FROM outbox", len(records))
        await self.stream.end()
        await self.publish()
        async with asyncio.timeout(20):
            while len(await self.letters()) < before + len(records):
                await asyncio.sleep(0.02)

    def _outgoing(self, row: asyncpg.Record) -> Outgoing:
        return Outgoing(row["topic"], row["key"] or None, row["value"], outbox.decode_headers(row["headers"]))
