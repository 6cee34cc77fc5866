"""The region's own people: their codes, and the watches on them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import asyncpg

from chassis import outbox
from chassis.postgres.pool import Connection
from chassis.run import NATIONAL
from healthcode.envelope import Encoded, encode, national_topic
from healthcode.values import Color, EvidenceClass
from services.recognition.domain.home import Home, HomeCode, Watch
from services.recognition.domain.message import INBOX, Message, Signer, Watched
from services.recognition.store.schema import SCHEMA

INSERT_MISSING: Final = """
INSERT INTO home_code (subject) SELECT subject FROM unnest($1::text[]) AS t (subject) ORDER BY subject
ON CONFLICT (subject) DO NOTHING
"""

LOCK: Final = """
SELECT subject, incarnation, version, color, evidence, since, until, changed_at
FROM home_code WHERE subject = ANY($1) ORDER BY subject FOR UPDATE
"""

WATCHES: Final = """
SELECT trip, subject, destination, until, purpose, handle, opened_at, sequence FROM watch WHERE subject = ANY($1)
ORDER BY trip
"""

OVER: Final = "SELECT DISTINCT subject FROM watch WHERE until <= $1 LIMIT $2"

UPDATE_CODES: Final = """
UPDATE home_code c SET incarnation = t.incarnation, version = t.version, color = t.color, evidence = t.evidence,
    since = t.since, until = t.until, changed_at = t.changed_at
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
    $8::timestamptz[]) AS t (subject, incarnation, version, color, evidence, since, until, changed_at)
WHERE c.subject = t.subject
"""

UPSERT_WATCHES: Final = """
INSERT INTO watch (trip, subject, destination, until, purpose, handle, opened_at, sequence)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::timestamptz[],
    $8::bigint[])
ON CONFLICT (trip) DO UPDATE SET handle = excluded.handle, opened_at = excluded.opened_at, sequence = excluded.sequence
"""

DELETE_WATCHES: Final = "DELETE FROM watch WHERE trip = ANY($1)"


class PostgresHomes:
    """Implements HomeStore over a connection that is in a transaction."""

    def __init__(self, connection: Connection, region: str, signer: Signer) -> None:
        """`signer` signs for `region`."""
        self._connection = connection
        self._region = region
        self._signer = signer

    async def lock(self, subjects: Sequence[str]) -> dict[str, Home]:
        """See HomeStore."""
        wanted = sorted(set(subjects))
        if not wanted:
            return {}
        await self._connection.execute(INSERT_MISSING, wanted)
        codes = await self._connection.fetch(LOCK, wanted)
        watches: dict[str, dict[str, Watch]] = {subject: {} for subject in wanted}
        for row in await self._connection.fetch(WATCHES, wanted):
            watches[row["subject"]][row["trip"]] = watch_of(row)
        return {row["subject"]: Home(_code_of(row), watches[row["subject"]]) for row in codes}

    async def over(self, now: datetime, limit: int) -> list[str]:
        """See HomeStore."""
        return [row["subject"] for row in await self._connection.fetch(OVER, now, limit)]

    async def save(self, before: Mapping[str, Home], after: Mapping[str, Home], messages: Sequence[Watched]) -> None:
        """See HomeStore."""
        codes = [(s, home.code) for s, home in after.items() if home.code != before[s].code]
        if codes:
            await self._update_codes(codes)
        old = {trip: watch for home in before.values() for trip, watch in home.watches.items()}
        new = {trip: watch for home in after.values() for trip, watch in home.watches.items()}
        changed = [watch for trip, watch in new.items() if watch != old.get(trip)]
        if changed:
            await self._upsert_watches(changed)
        gone = sorted(old.keys() - new.keys())
        if gone:
            await self._connection.execute(DELETE_WATCHES, gone)
        sealed = [self._seal(message) for message in messages]
        await outbox.append(self._connection, SCHEMA, sealed, lane=NATIONAL)

    async def _update_codes(self, codes: Sequence[tuple[str, HomeCode]]) -> None:
        await self._connection.execute(
            UPDATE_CODES,
            [subject for subject, _ in codes],
            [code.incarnation for _, code in codes],
            [code.version for _, code in codes],
            [code.color.value for _, code in codes],
            [code.evidence.value for _, code in codes],
            [code.since for _, code in codes],
            [code.until for _, code in codes],
            [code.changed_at for _, code in codes],
        )

    async def _upsert_watches(self, watches: Sequence[Watch]) -> None:
        await self._connection.execute(
            UPSERT_WATCHES,
            [watch.trip for watch in watches],
            [watch.subject for watch in watches],
            [watch.destination for watch in watches],
            [watch.until for watch in watches],
            [watch.purpose for watch in watches],
            [watch.handle for watch in watches],
            [watch.opened_at for watch in watches],
            [watch.sequence for watch in watches],
        )

    def _seal(self, event: Watched) -> Encoded:
        inbox = national_topic(self._region, INBOX)
        wire = encode(event, owner=self._region, service=SCHEMA, time=event.at, topic=inbox)
        return self._signer.sign(Message(event, wire))


def watch_of(row: asyncpg.Record) -> Watch:
    """The watch in a row."""
    return Watch(
        trip=row["trip"],
        subject=row["subject"],
        destination=row["destination"],
        until=row["until"],
        purpose=row["purpose"],
        handle=row["handle"],
        opened_at=row["opened_at"],
        sequence=row["sequence"],
    )


def _code_of(row: asyncpg.Record) -> HomeCode:
    return HomeCode(
        incarnation=row["incarnation"],
        version=row["version"],
        color=Color(row["color"]),
        evidence=EvidenceClass(row["evidence"]),
        since=row["since"],
        until=row["until"],
        changed_at=row["changed_at"],
    )
