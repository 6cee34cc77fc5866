"""Places, passes and proofs that were shown, in SQL."""

from datetime import datetime
from typing import Final

import asyncpg
import msgspec

from chassis.postgres.pool import Pool
from healthcode.values import Color
from services.issuer.domain.place import Kept, Pass, Place, Search

PLACE: Final = "id, name, area, owner, registered_by, registered_at, closed_at"
ADD: Final = f"INSERT INTO place ({PLACE}) VALUES ($1, $2, $3, $4, $5, $6, $7)"  # noqa: S608 - constants of ours
FIND: Final = f"SELECT {PLACE} FROM place WHERE id = $1"  # noqa: S608 - as above
CLOSE: Final = f"""
UPDATE place SET closed_at = coalesce(closed_at, $3) WHERE id = $1 AND owner = $2 RETURNING {PLACE}
"""  # noqa: S608 - as above

RECORD: Final = "INSERT INTO pass (place, subject, at, color, number, how) VALUES ($1, $2, $3, $4, $5, $6)"
KEPT: Final = "p.id, p.place, p.subject, p.at, p.color, p.number, p.how, l.name, l.area"
OF_PERSON: Final = f"""
SELECT {KEPT} FROM pass p JOIN place l ON l.id = p.place
WHERE p.subject = $1 AND ($2::bigint IS NULL OR p.id < $2) ORDER BY p.id DESC LIMIT $3
"""  # noqa: S608 - as above
AT_PLACE: Final = f"""
SELECT {KEPT} FROM pass p JOIN place l ON l.id = p.place WHERE p.place = $1 AND p.at >= $2 ORDER BY p.at DESC LIMIT $3
"""  # noqa: S608 - as above

SEARCHED: Final = """
INSERT INTO pass_search (at, caller, authority, purpose, subject, place, since, until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
BY_PERSON: Final = f"""
SELECT {KEPT} FROM pass p JOIN place l ON l.id = p.place
WHERE p.subject = $1 AND p.at >= $2 AND p.at < $3 ORDER BY p.id DESC LIMIT $4
"""  # noqa: S608 - as above
BY_PLACE: Final = f"""
SELECT {KEPT} FROM pass p JOIN place l ON l.id = p.place
WHERE p.place = $1 AND p.at >= $2 AND p.at < $3 ORDER BY p.at DESC LIMIT $4
"""  # noqa: S608 - as above
SEARCHES: Final = """
SELECT at, caller, authority, purpose, subject, place, since, until FROM pass_search s
WHERE s.subject = $1 OR EXISTS (
    SELECT FROM pass p WHERE p.subject = $1 AND p.place = s.place AND p.at >= s.since AND p.at < s.until
)
ORDER BY id DESC LIMIT $2
"""

SEEN: Final = "INSERT INTO proof_seen (digest, at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING RETURNING true"

FORGET: Final = """
DELETE FROM pass WHERE id IN (SELECT id FROM pass WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""
FORGET_SEARCHES: Final = "DELETE FROM pass_search WHERE at < $1"
FORGET_PROOFS: Final = "DELETE FROM proof_seen WHERE at < $1"


class PostgresPlaceBook:
    """Implements PlaceBook over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, place: Place) -> None:
        """See PlaceBook."""
        await self._pool.execute(ADD, *msgspec.structs.astuple(place))

    async def find(self, place: str) -> Place | None:
        """See PlaceBook."""
        row = await self._pool.fetchrow(FIND, place)
        return None if row is None else Place(**dict(row))

    async def close(self, place: str, owner: str, now: datetime) -> Place | None:
        """See PlaceBook."""
        row = await self._pool.fetchrow(CLOSE, place, owner, now)
        return None if row is None else Place(**dict(row))


class PostgresPasses:
    """Implements Passes over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def record(self, what: Pass) -> None:
        """See Passes."""
        await self._pool.execute(RECORD, *msgspec.structs.astuple(what))

    async def of_person(self, subject: str, before: int | None, limit: int) -> list[Kept]:
        """See Passes."""
        return [_kept(row) for row in await self._pool.fetch(OF_PERSON, subject, before, limit)]

    async def at_place(self, place: str, since: datetime, limit: int) -> list[Kept]:
        """See Passes."""
        return [_kept(row) for row in await self._pool.fetch(AT_PLACE, place, since, limit)]

    async def search(self, search: Search, limit: int) -> list[Kept]:
        """See Passes."""
        statement, whose = (BY_PERSON, search.subject) if search.subject else (BY_PLACE, search.place)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SEARCHED, *msgspec.structs.astuple(search))
            rows = await connection.fetch(statement, whose, search.since, search.until, limit)
        return [_kept(row) for row in rows]

    async def searches(self, subject: str, limit: int) -> list[Search]:
        """See Passes."""
        return [Search(**dict(row)) for row in await self._pool.fetch(SEARCHES, subject, limit)]

    async def is_repeated(self, digest: bytes, now: datetime) -> bool:
        """See Passes."""
        return await self._pool.fetchval(SEEN, digest, now) is None

    async def forget(self, passes: datetime, proofs: datetime, limit: int) -> int:
        """See Passes."""
        await self._pool.execute(FORGET_PROOFS, proofs)
        await self._pool.execute(FORGET_SEARCHES, passes)
        tag = await self._pool.execute(FORGET, passes, limit)
        return int(tag.removeprefix("DELETE "))


def _kept(row: asyncpg.Record) -> Kept:
    what = Pass(
        place=row["place"],
        subject=row["subject"],
        at=row["at"],
        color=Color(row["color"]),
        number=row["number"],
        how=row["how"],
    )
    return Kept(id=row["id"], what=what, name=row["name"], area=row["area"])
