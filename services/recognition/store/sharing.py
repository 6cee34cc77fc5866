"""What there is to share of the region's own people, and what was."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import asyncpg

from chassis.postgres.pool import Connection, Pool
from healthcode.records import content_bytes, content_of
from services.recognition.domain.shareable import Fact
from services.recognition.domain.sharing import Share

FACT: Final = "kind, entry, subject, revision, at, withdrawn, content"
SHARE: Final = """
handle, kind, entry, subject, destination, purpose, fact, revision, withdrawn, sequence, digest, tries, shared_at,
sent_at, next_at, received_at, refused
"""

KEEP: Final = f"""
INSERT INTO own_fact ({FACT})
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::boolean[], $7::bytea[])
ON CONFLICT (kind, entry) DO UPDATE SET subject = excluded.subject, revision = excluded.revision, at = excluded.at,
    withdrawn = excluded.withdrawn, content = excluded.content
WHERE own_fact.revision < excluded.revision
"""  # noqa: S608 - our own columns

FACTS: Final = f"SELECT {FACT} FROM own_fact WHERE subject = ANY($1)"  # noqa: S608 - our own columns

SHARED: Final = f"SELECT {SHARE} FROM share WHERE handle = ANY($1)"  # noqa: S608 - our own columns

ANSWERED: Final = f"""
SELECT {SHARE} FROM share JOIN unnest($1::text[], $2::bigint[]) AS t (h, n) ON handle = h AND sequence = n
"""  # noqa: S608 - our own columns

WRITE: Final = f"""
INSERT INTO share ({SHARE})
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
    $9::boolean[], $10::bigint[], $11::text[], $12::int[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[],
    $16::timestamptz[], $17::text[])
ON CONFLICT (handle, kind, entry) DO UPDATE SET revision = excluded.revision, withdrawn = excluded.withdrawn,
    sequence = excluded.sequence, digest = excluded.digest, tries = excluded.tries, sent_at = excluded.sent_at,
    next_at = excluded.next_at, received_at = excluded.received_at,
    refused = excluded.refused
"""  # noqa: S608 - our own columns

NOTE: Final = """
UPDATE share s SET received_at = coalesce(s.received_at, t.received_at), refused = t.refused, next_at = t.next_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::timestamptz[], $7::text[])
    AS t (handle, kind, entry, sequence, received_at, next_at, refused)
WHERE (s.handle, s.kind, s.entry, s.sequence) = (t.handle, t.kind, t.entry, t.sequence)
"""

OVERDUE: Final = f"SELECT {SHARE} FROM share WHERE next_at <= $1 ORDER BY next_at LIMIT $2"  # noqa: S608 - our own

PURGE_FACTS: Final = """
DELETE FROM own_fact WHERE (kind, entry) IN (
    SELECT f.kind, f.entry FROM own_fact f JOIN unnest($1::text[], $2::timestamptz[]) AS t (kind, since)
        ON f.kind = t.kind AND f.at < t.since
    LIMIT $3)
"""

PURGE_SHARES: Final = """
DELETE FROM share WHERE (handle, kind, entry) IN (
    SELECT handle, kind, entry FROM share WHERE shared_at < $1 AND next_at IS NULL LIMIT $2)
"""

MINE: Final = f"""
SELECT {SHARE} FROM share WHERE subject = $1 AND shared_at > $2 ORDER BY shared_at DESC, handle, kind, entry LIMIT $3
"""  # noqa: S608 - our own columns

MISSING: Final = "SELECT count(*) FROM share WHERE received_at IS NULL AND sent_at < $1"


class PostgresShareBook:
    """Implements ShareBook over a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def keep(self, facts: Sequence[Fact]) -> None:
        """See ShareBook. One statement takes each row once: of a fact that stands twice the highest goes in."""
        highest: dict[tuple[str, str], Fact] = {}
        for fact in facts:
            known = highest.get((fact.kind, fact.entry))
            if known is None or known.revision < fact.revision:
                highest[fact.kind, fact.entry] = fact
        rows = [_fact_row(highest[key]) for key in sorted(highest)]
        await self._connection.execute(KEEP, *(list(column) for column in zip(*rows, strict=True)))

    async def facts(self, subjects: Sequence[str]) -> dict[str, list[Fact]]:
        """See ShareBook."""
        found: dict[str, list[Fact]] = {}
        for row in await self._connection.fetch(FACTS, list(subjects)):
            found.setdefault(row["subject"], []).append(_fact_of(row))
        return found

    async def shared(self, handles: Sequence[str]) -> dict[tuple[str, str, str], Share]:
        """See ShareBook."""
        shares = [Share(**row) for row in await self._connection.fetch(SHARED, list(handles))]
        return {share.key: share for share in shares}

    async def answered(self, numbers: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Share]:
        """See ShareBook."""
        columns = [handle for handle, _ in numbers], [number for _, number in numbers]
        shares = [Share(**row) for row in await self._connection.fetch(ANSWERED, *columns)]
        return {(share.handle, share.sequence): share for share in shares}

    async def write(self, shares: Sequence[Share]) -> None:
        """See ShareBook."""
        if shares:
            rows = [_share_row(share) for share in sorted(shares, key=lambda share: share.key)]
            await self._connection.execute(WRITE, *(list(column) for column in zip(*rows, strict=True)))

    async def note(self, shares: Sequence[Share]) -> None:
        """See ShareBook."""
        if shares:
            rows = [
                (*each.key, each.sequence, each.received_at, each.next_at, each.refused)
                for each in sorted(shares, key=lambda each: each.key)
            ]
            await self._connection.execute(NOTE, *(list(column) for column in zip(*rows, strict=True)))

    async def overdue(self, now: datetime, limit: int) -> list[Share]:
        """See ShareBook."""
        return [Share(**row) for row in await self._connection.fetch(OVERDUE, now, limit)]

    async def purge(self, kinds: Mapping[str, datetime], shown: datetime, limit: int) -> int:
        """See ShareBook."""
        facts = await self._connection.execute(PURGE_FACTS, list(kinds), list(kinds.values()), limit)
        shares = await self._connection.execute(PURGE_SHARES, shown, limit)
        return max(int(done.rpartition(" ")[2]) for done in (facts, shares))


class PostgresSharedViews:
    """Implements SharedViews over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def mine(self, subject: str, after: datetime, limit: int) -> list[Share]:
        """See SharedViews."""
        return [Share(**row) for row in await self._pool.fetch(MINE, subject, after, limit)]

    async def missing(self, before: datetime) -> int:
        """See SharedViews."""
        return int(await self._pool.fetchval(MISSING, before) or 0)


def _fact_row(fact: Fact) -> tuple[object, ...]:
    content = content_bytes(fact.content)
    return fact.kind, fact.entry, fact.subject, fact.revision, fact.at, fact.withdrawn, content


def _fact_of(row: asyncpg.Record) -> Fact:
    return Fact(**{**dict(row), "content": content_of(row["kind"], row["content"])})


def _share_row(share: Share) -> tuple[object, ...]:
    """In the order of SHARE."""
    return (
        *share.key,
        share.subject,
        share.destination,
        share.purpose,
        share.fact,
        share.revision,
        share.withdrawn,
        share.sequence,
        share.digest,
        share.tries,
        share.shared_at,
        share.sent_at,
        share.next_at,
        share.received_at,
        share.refused,
    )
