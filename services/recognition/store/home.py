"""The region's own people: their codes, and the watches on them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import asyncpg

from chassis import outbox
from chassis.postgres.pool import Connection
from healthcode.envelope import encode
from healthcode.events import HolderWanted
from healthcode.values import Color, EvidenceClass
from services.recognition.domain.home import Home, HomeCode, Watch
from services.recognition.domain.message import Between, Signer
from services.recognition.store.hub import tell_hub
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
SELECT trip, subject, destination, until, purpose, handle, opened_at, sequence, gone FROM watch WHERE subject = ANY($1)
ORDER BY trip
"""

WATCHED_AS: Final = "SELECT handle, subject FROM watch WHERE handle = ANY($1)"

OVER: Final = "SELECT DISTINCT subject FROM watch WHERE until <= $1 LIMIT $2"

UPDATE_CODES: Final = """
UPDATE home_code c SET incarnation = t.incarnation, version = t.version, color = t.color, evidence = t.evidence,
    since = t.since, until = t.until, changed_at = t.changed_at
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
    $8::timestamptz[]) AS t (subject, incarnation, version, color, evidence, since, until, changed_at)
WHERE c.subject = t.subject
"""

UPSERT_WATCHES: Final = """
INSERT INTO watch (trip, subject, destination, until, purpose, handle, opened_at, sequence, gone)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::timestamptz[],
    $8::bigint[], $9::boolean[])
ON CONFLICT (trip) DO UPDATE SET handle = excluded.handle, opened_at = excluded.opened_at,
    sequence = excluded.sequence, gone = excluded.gone
"""

COUNT: Final = """
INSERT INTO registration_count AS c (region, hour, asked) VALUES ($1, $2, $3)
ON CONFLICT (region) DO UPDATE SET hour = excluded.hour,
    asked = excluded.asked + CASE WHEN c.hour = excluded.hour THEN c.asked ELSE 0 END
RETURNING asked
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
        return await self.lock_known(wanted)

    async def lock_known(self, subjects: Sequence[str]) -> dict[str, Home]:
        """See HomeStore."""
        wanted = sorted(set(subjects))
        codes = await self._connection.fetch(LOCK, wanted)
        watches: dict[str, dict[str, Watch]] = {subject: {} for subject in wanted}
        for row in await self._connection.fetch(WATCHES, wanted):
            watches[row["subject"]][row["trip"]] = watch_of(row)
        return {row["subject"]: Home(code_of(row), watches[row["subject"]]) for row in codes}

    async def watched_as(self, handles: Sequence[str]) -> dict[str, str]:
        """See HomeStore."""
        rows = await self._connection.fetch(WATCHED_AS, list(handles))
        return {row["handle"]: row["subject"] for row in rows}

    async def over(self, now: datetime, limit: int) -> list[str]:
        """See HomeStore."""
        return [row["subject"] for row in await self._connection.fetch(OVER, now, limit)]

    async def save(self, before: Mapping[str, Home], after: Mapping[str, Home], messages: Sequence[Between]) -> None:
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
        await tell_hub(self._connection, self._region, self._signer, messages)

    async def count(self, region: str, hour: datetime, asked: int) -> int:
        """See HomeStore."""
        return int(await self._connection.fetchval(COUNT, region, hour, asked))

    async def seek(self, wanted: Sequence[HolderWanted]) -> None:
        """See HomeStore."""
        wires = [encode(each, owner=self._region, service=SCHEMA, time=each.at) for each in wanted]
        await outbox.append(self._connection, SCHEMA, wires)

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
            [watch.gone for watch in watches],
        )


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
        gone=row["gone"],
    )


def code_of(row: asyncpg.Record) -> HomeCode:
    """The code in a row."""
    return HomeCode(
        incarnation=row["incarnation"],
        version=row["version"],
        color=Color(row["color"]),
        evidence=EvidenceClass(row["evidence"]),
        since=row["since"],
        until=row["until"],
        changed_at=row["changed_at"],
    )
