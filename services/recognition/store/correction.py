"""Corrections between regions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from chassis import outbox
from chassis.postgres.pool import Connection
from healthcode.envelope import encode
from healthcode.events import Event
from services.recognition.domain.correction import Contest, Contested
from services.recognition.domain.message import Between, Signer
from services.recognition.store.hub import tell_hub
from services.recognition.store.schema import SCHEMA

ADD: Final = """
INSERT INTO contest (name, asked, subject, origin, until)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
ON CONFLICT (asked) DO NOTHING RETURNING name
"""
PASSED: Final = "SELECT name, asked, subject, origin, until FROM contest WHERE name = ANY($1)"
TAKE: Final = """
INSERT INTO contested (name, destination, until) SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
ON CONFLICT (name) DO NOTHING RETURNING name
"""
CONTESTED: Final = "SELECT name, destination, until FROM contested WHERE name = ANY($1)"
FORGET: Final = """
DELETE FROM contest WHERE name IN (SELECT name FROM contest WHERE until <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
"""
FORGET_TAKEN: Final = """
DELETE FROM contested WHERE name IN (SELECT name FROM contested WHERE until <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


class PostgresContests:
    """Implements ContestStore over a connection that is in a transaction."""

    def __init__(self, connection: Connection, region: str, signer: Signer) -> None:
        """`signer` signs for `region`."""
        self._connection = connection
        self._region = region
        self._signer = signer

    async def add(self, contests: Sequence[Contest]) -> set[str]:
        """See ContestStore."""
        rows = await self._connection.fetch(
            ADD,
            [each.name for each in contests],
            [each.asked for each in contests],
            [each.subject for each in contests],
            [each.origin for each in contests],
            [each.until for each in contests],
        )
        return {row["name"] for row in rows}

    async def passed(self, names: Sequence[str]) -> Mapping[str, Contest]:
        """See ContestStore."""
        return {row["name"]: Contest(**dict(row)) for row in await self._connection.fetch(PASSED, list(names))}

    async def take(self, contested: Sequence[Contested]) -> set[str]:
        """See ContestStore."""
        rows = await self._connection.fetch(
            TAKE,
            [each.name for each in contested],
            [each.destination for each in contested],
            [each.until for each in contested],
        )
        return {row["name"] for row in rows}

    async def contested(self, names: Sequence[str]) -> Mapping[str, Contested]:
        """See ContestStore."""
        return {row["name"]: Contested(**dict(row)) for row in await self._connection.fetch(CONTESTED, list(names))}

    async def publish(self, events: Sequence[Event], at: datetime) -> None:
        """See ContestStore."""
        wires = [encode(each, owner=self._region, service=SCHEMA, time=at) for each in events]
        await outbox.append(self._connection, SCHEMA, wires)

    async def send(self, messages: Sequence[Between]) -> None:
        """See ContestStore."""
        await tell_hub(self._connection, self._region, self._signer, messages)

    async def forget(self, now: datetime, limit: int) -> int:
        """See ContestStore."""
        tags = [await self._connection.execute(statement, now, limit) for statement in (FORGET, FORGET_TAKEN)]
        return max(int(tag.rpartition(" ")[2]) for tag in tags)
