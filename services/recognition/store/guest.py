"""The guests of this region."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import asyncpg

from chassis import outbox
from chassis.postgres.pool import Connection
from healthcode.envelope import encode
from healthcode.events import GuestChanged
from healthcode.values import Color, EvidenceClass, Status
from services.recognition.domain.guest import Guest
from services.recognition.store.schema import SCHEMA

COLUMNS: Final = """
handle, origin, purpose, watched_until, sequence, status, evidence, color, rule, since, until, code_at, changed_at,
reported, ended, home_color, home_rule, covered
"""

LOCK: Final = f"SELECT {COLUMNS} FROM guest WHERE handle = ANY($1) ORDER BY handle FOR UPDATE"  # noqa: S608 - our own

LOCK_OVER: Final = f"""
SELECT {COLUMNS} FROM guest WHERE watched_until <= $1 ORDER BY watched_until LIMIT $2 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - our own columns

LOCK_MISCOVERED: Final = f"""
SELECT {COLUMNS} FROM guest WHERE NOT ended AND EXISTS (
    SELECT FROM unnest($1::text[], $2::text[]) AS home (code, why) WHERE code = origin AND why IS DISTINCT FROM covered
) LIMIT $3 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - our own columns

UPSERT: Final = f"""
INSERT INTO guest ({COLUMNS})
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[],
    $14::boolean[], $15::boolean[], $16::text[], $17::text[], $18::text[])
ON CONFLICT (handle) DO UPDATE SET sequence = excluded.sequence, status = excluded.status, evidence = excluded.evidence,
    color = excluded.color, rule = excluded.rule, since = excluded.since, until = excluded.until,
    code_at = excluded.code_at, changed_at = excluded.changed_at, reported = excluded.reported, ended = excluded.ended,
    home_color = excluded.home_color, home_rule = excluded.home_rule, covered = excluded.covered
"""  # noqa: S608 - our own columns

DELETE: Final = "DELETE FROM guest WHERE handle = ANY($1)"


class PostgresGuests:
    """Implements GuestStore over a connection that is in a transaction."""

    def __init__(self, connection: Connection, region: str) -> None:
        """`region`: whose topics are written."""
        self.connection = connection
        self._region = region

    async def lock(self, handles: Sequence[str]) -> dict[str, Guest]:
        """See GuestStore."""
        rows = await self.connection.fetch(LOCK, sorted(set(handles)))
        return {row["handle"]: guest_of(row) for row in rows}

    async def lock_over(self, now: datetime, limit: int) -> dict[str, Guest]:
        """See GuestStore."""
        return {row["handle"]: guest_of(row) for row in await self.connection.fetch(LOCK_OVER, now, limit)}

    async def lock_miscovered(self, away: Mapping[str, str | None], limit: int) -> dict[str, Guest]:
        """See CoveredGuests."""
        rows = await self.connection.fetch(LOCK_MISCOVERED, list(away), list(away.values()), limit)
        return {row["handle"]: guest_of(row) for row in rows}

    async def save(self, guests: Sequence[Guest], events: Sequence[GuestChanged]) -> None:
        """See GuestStore."""
        if guests:
            rows = [_row_of(guest) for guest in guests]
            await self.connection.execute(UPSERT, *(list(column) for column in zip(*rows, strict=True)))
        await self._publish(events)

    async def forget(self, guests: Sequence[Guest], events: Sequence[GuestChanged]) -> None:
        """See GuestStore."""
        if guests:
            await self.connection.execute(DELETE, [guest.handle for guest in guests])
        await self._publish(events)

    async def _publish(self, events: Sequence[GuestChanged]) -> None:
        wires = [encode(event, owner=self._region, service=SCHEMA, time=event.changed_at) for event in events]
        await outbox.append(self.connection, SCHEMA, wires)


def guest_of(row: asyncpg.Record) -> Guest:
    """The guest in a row."""
    values = dict(row) | {
        "status": Status(row["status"]),
        "evidence": EvidenceClass(row["evidence"]),
        "color": Color(row["color"]),
        "home_color": None if row["home_color"] is None else Color(row["home_color"]),
    }
    return Guest(**values)


def _row_of(guest: Guest) -> tuple[object, ...]:
    """In the order of COLUMNS."""
    return (
        guest.handle,
        guest.origin,
        guest.purpose,
        guest.watched_until,
        guest.sequence,
        guest.status.value,
        guest.evidence.value,
        guest.color.value,
        guest.rule,
        guest.since,
        guest.until,
        guest.code_at,
        guest.changed_at,
        guest.reported,
        guest.ended,
        None if guest.home_color is None else guest.home_color.value,
        guest.home_rule,
        guest.covered,
    )
