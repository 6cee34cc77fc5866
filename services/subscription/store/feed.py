"""People's codes, their consents and the words for clients, within one transaction; a fixed number of statements."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import asyncpg

from chassis import outbox
from chassis.postgres.pool import Connection
from healthcode.envelope import Encoded, encode, topic_name
from healthcode.events import CodeShared, ConsentChanged
from healthcode.values import Color
from services.subscription.domain import Client, Consent, Known
from services.subscription.ports.feed import Locked
from services.subscription.store.rows import COLUMNS, client_of
from services.subscription.store.schema import INCARNATION, SCHEMA

INSERT_MISSING: Final = """
INSERT INTO known_code (subject) SELECT subject FROM unnest($1::text[]) AS t (subject) ORDER BY subject
ON CONFLICT (subject) DO NOTHING
"""
LOCK: Final = """
SELECT subject, incarnation, version, color, act, since, until FROM known_code WHERE subject = ANY($1)
ORDER BY subject FOR UPDATE
"""
CONSENT: Final = """
c.id, c.subject, c.client, c.until, c.reference, c.version, c.told, c.sent_incarnation, c.sent_version, c.changed_at
"""
CONSENTS: Final = f"SELECT {CONSENT} FROM consent c WHERE c.subject = ANY($1) ORDER BY c.id"  # noqa: S608 - ours
CLIENTS: Final = f"SELECT {COLUMNS} FROM client WHERE id = ANY($1) ORDER BY id FOR SHARE"  # noqa: S608 - as above

UPDATE: Final = """
UPDATE known_code k SET incarnation = t.incarnation, version = t.version, color = t.color, act = t.act,
    since = t.since, until = t.until
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
    AS t (subject, incarnation, version, color, act, since, until)
WHERE k.subject = t.subject
"""
KEEP: Final = """
INSERT INTO consent (id, subject, client, until, reference, version, told, sent_incarnation, sent_version, changed_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::bigint[], $7::bigint[],
    $8::int[], $9::bigint[], $10::timestamptz[])
ON CONFLICT (id) DO UPDATE SET until = excluded.until, reference = excluded.reference, version = excluded.version,
    told = excluded.told, sent_incarnation = excluded.sent_incarnation, sent_version = excluded.sent_version,
    changed_at = excluded.changed_at
"""

OVER: Final = """
SELECT DISTINCT subject FROM (
    (SELECT subject FROM consent WHERE until <= $1 LIMIT $2)
    UNION ALL
    (SELECT c.subject FROM consent c JOIN client k ON k.id = c.client
     WHERE k.state = 'revoked' AND c.until IS NOT NULL LIMIT $2)
) AS both_kinds LIMIT $2
"""

BEHIND: Final = """
SELECT id FROM client WHERE behind AND state = 'active' ORDER BY id LIMIT 1
"""
MISSED: Final = """
SELECT c.subject FROM consent c JOIN known_code n ON n.subject = c.subject JOIN client k ON k.id = c.client
WHERE c.client = $1 AND 'codes.follow' = ANY(k.scopes) AND (
    c.until > $2 AND (n.incarnation, n.version) > (c.sent_incarnation, c.sent_version)
    OR c.until IS NULL AND (c.sent_incarnation, c.sent_version) > (0, 0)
)
LIMIT $3
"""
CAUGHT_UP: Final = "UPDATE client SET behind = false WHERE id = $1"

PAGE: Final = f"SELECT {CONSENT} FROM consent c WHERE c.subject = $1 AND c.until IS NOT NULL ORDER BY c.id"  # noqa: S608 - ours
THEIRS: Final = f"SELECT {COLUMNS} FROM client WHERE id = ANY($1)"  # noqa: S608 - as above


class PostgresFeed:
    """Implements Feed over a connection that is in a transaction."""

    def __init__(self, connection: Connection, region: str) -> None:
        """`region`: whose topics are written."""
        self._connection = connection
        self._region = region

    async def lock(self, subjects: Sequence[str]) -> Locked:
        """See Feed."""
        wanted = sorted(set(subjects))
        await self._connection.execute(INSERT_MISSING, wanted)
        rows = await self._connection.fetch(LOCK, wanted)
        incarnation = await self._connection.fetchval(INCARNATION)
        return Locked(incarnation, {row["subject"]: _known(row) for row in rows})

    async def consents(self, subjects: Sequence[str]) -> list[Consent]:
        """See Feed."""
        return [_consent(row) for row in await self._connection.fetch(CONSENTS, list(subjects))]

    async def clients(self, ids: Sequence[str]) -> dict[str, Client]:
        """See Feed."""
        return {row["id"]: client_of(row) for row in await self._connection.fetch(CLIENTS, list(ids))}

    async def save(
        self,
        known: Sequence[Known],
        consents: Sequence[Consent],
        events: Sequence[ConsentChanged | CodeShared],
        now: datetime,
    ) -> None:
        """See Feed."""
        if known:
            await self._update(known)
        if consents:
            await self._keep(consents)
        await outbox.append(self._connection, SCHEMA, [self._encode(event, now) for event in events])

    async def over(self, now: datetime, limit: int) -> list[str]:
        """See Feed."""
        return [row["subject"] for row in await self._connection.fetch(OVER, now, limit)]

    async def behind(self, now: datetime, limit: int) -> tuple[str | None, list[str]]:
        """See Feed."""
        client: str | None = await self._connection.fetchval(BEHIND)
        if client is None:
            return None, []
        return client, [row["subject"] for row in await self._connection.fetch(MISSED, client, now, limit)]

    async def caught_up(self, client: str) -> None:
        """See Feed."""
        await self._connection.execute(CAUGHT_UP, client)

    async def page(self, subject: str) -> list[tuple[Consent, Client]]:
        """See Feed."""
        consents = [_consent(row) for row in await self._connection.fetch(PAGE, subject)]
        rows = await self._connection.fetch(THEIRS, [consent.client for consent in consents])
        clients = {row["id"]: client_of(row) for row in rows}
        return [(consent, clients[consent.client]) for consent in consents]

    def _encode(self, event: ConsentChanged | CodeShared, now: datetime) -> Encoded:
        topic = None
        if isinstance(event, CodeShared):
            topic = topic_name(self._region, event.topic.replace("{client}", event.client))
        return encode(event, owner=self._region, service=SCHEMA, time=now, topic=topic)

    async def _update(self, known: Sequence[Known]) -> None:
        await self._connection.execute(
            UPDATE,
            [each.subject for each in known],
            [each.incarnation for each in known],
            [each.version for each in known],
            [each.color for each in known],
            [each.act for each in known],
            [each.since for each in known],
            [each.until for each in known],
        )

    async def _keep(self, consents: Sequence[Consent]) -> None:
        await self._connection.execute(
            KEEP,
            [each.id for each in consents],
            [each.subject for each in consents],
            [each.client for each in consents],
            [each.until for each in consents],
            [each.reference for each in consents],
            [each.version for each in consents],
            [each.told for each in consents],
            [each.sent[0] for each in consents],
            [each.sent[1] for each in consents],
            [each.changed_at for each in consents],
        )


def _known(row: asyncpg.Record) -> Known:
    return Known(
        subject=row["subject"],
        incarnation=row["incarnation"],
        version=row["version"],
        color=Color(row["color"]),
        act=row["act"],
        since=row["since"],
        until=row["until"],
    )


def _consent(row: asyncpg.Record) -> Consent:
    return Consent(
        id=row["id"],
        subject=row["subject"],
        client=row["client"],
        until=row["until"],
        reference=row["reference"],
        version=row["version"],
        told=row["told"],
        sent=(row["sent_incarnation"], row["sent_version"]),
        changed_at=row["changed_at"],
    )
