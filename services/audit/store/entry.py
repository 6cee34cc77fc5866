"""Listings, tests, decisions and areas' levels in SQL: every revision a row, all set-wise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final, Generic

import msgspec

from chassis import outbox
from chassis.postgres.pool import Connection
from healthcode.envelope import encode
from healthcode.events import Event
from services.audit.ports.entry import AreaLevel, Decision, Listing, R, Test
from services.audit.store.review import SERVICE

# Owners and entries share 1,024 locks, so that a chunk never holds more than the server has room for.
LOCK: Final = """
SELECT pg_advisory_xact_lock(hashtext(current_schema() || '/intake'), bucket)
FROM (SELECT DISTINCT hashtext(key) & 1023 AS bucket FROM unnest($1::text[]) AS t (key) ORDER BY bucket) b
"""
LOCK_REFERENCE: Final = "SELECT version FROM reference FOR UPDATE"
RAISE_REFERENCE: Final = "UPDATE reference SET version = version + 1 RETURNING version"
START_STORM: Final = "INSERT INTO storm (area, cause, reference, started_at) VALUES ($1, $2, $3, $4)"

LISTING_COLUMNS: Final = """entry, revision, subject, category, source, evidence, valid_from, valid_until, recorded_at,
    recorded_by, withdrawn"""
TEST_COLUMNS: Final = """entry, revision, subject, kind, result, sampled_at, source, evidence, recorded_at, recorded_by,
    withdrawn"""
AREA_COLUMNS: Final = """entry, revision, area, level, source, evidence, valid_from, valid_until, recorded_at,
    recorded_by, withdrawn"""
DECISION_COLUMNS: Final = """entry, revision, subject, color, exempts, reason, source, evidence, valid_from,
    valid_until, recorded_at, recorded_by, withdrawn"""

ADD_LISTINGS: Final = f"""
INSERT INTO listing ({LISTING_COLUMNS})
SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
    $8::timestamptz[], $9::timestamptz[], $10::text[], $11::boolean[])
"""  # noqa: S608 - constants of ours
ADD_TESTS: Final = f"""
INSERT INTO test ({TEST_COLUMNS})
SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[],
    $8::text[], $9::timestamptz[], $10::text[], $11::boolean[])
"""  # noqa: S608 - as above
# Whoever adds levels holds the reference data, and gives it its next number in the same transaction.
ADD_AREAS: Final = f"""
INSERT INTO area_level ({AREA_COLUMNS}, reference)
SELECT t.*, r.version + 1 FROM reference r, unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[],
    $6::text[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::text[], $11::boolean[]) AS t
"""  # noqa: S608 - as above
ADD_DECISIONS: Final = f"""
INSERT INTO decision ({DECISION_COLUMNS})
SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::boolean[])
"""  # noqa: S608 - as above

REVISIONS: Final = "SELECT {columns} FROM {table} WHERE entry = ANY($1::text[]) ORDER BY entry, revision"
STANDING: Final = """
SELECT DISTINCT ON (entry) {columns} FROM {table} WHERE {owner} = ANY($1::text[]) ORDER BY entry, revision DESC
"""
PAGE: Final = """
SELECT DISTINCT ON (entry) {columns} FROM {table}
WHERE ($1::text IS NULL OR source = $1) AND ($2::text IS NULL OR entry < $2)
ORDER BY entry DESC, revision DESC LIMIT $3
"""


@dataclass(frozen=True)
class Table(Generic[R]):
    """A table of entries: its name, whose column owns an entry, and its columns in the order of `add`."""

    record: type[R]
    name: str
    owner: str
    columns: str
    add: str

    def sql(self, template: str) -> str:
        """A statement for this table."""
        return template.format(table=self.name, owner=self.owner, columns=self.columns)


LISTINGS: Final = Table(Listing, "listing", "subject", LISTING_COLUMNS, ADD_LISTINGS)
TESTS: Final = Table(Test, "test", "subject", TEST_COLUMNS, ADD_TESTS)
AREAS: Final = Table(AreaLevel, "area_level", "area", AREA_COLUMNS, ADD_AREAS)
DECISIONS: Final = Table(Decision, "decision", "subject", DECISION_COLUMNS, ADD_DECISIONS)


class PostgresEntryStore(Generic[R]):
    """An EntryStore over a connection, inside its transaction."""

    def __init__(self, connection: Connection, table: Table[R], region: str, now: datetime) -> None:
        """`now`: the time of the events."""
        self._connection = connection
        self._table = table
        self._region = region
        self._now = now

    async def lock(self, keys: Sequence[str]) -> None:
        """Lock owners and entries, sorted."""
        await self._connection.execute(LOCK, keys)

    async def revisions(self, entries: Sequence[str]) -> list[R]:
        """Every revision of these entries."""
        return await self._fetch(REVISIONS, entries)

    async def standing(self, owners: Sequence[str]) -> list[R]:
        """The highest revisions about these owners."""
        return await self._fetch(STANDING, owners)

    async def page(self, source: str | None, before: str | None, limit: int) -> list[R]:
        """A page of the highest revisions, newest entry first."""
        return await self._fetch(PAGE, source, before, limit)

    async def add(self, records: Sequence[R]) -> None:
        """Insert revisions, all at once."""
        if records:
            names = [name.strip() for name in self._table.columns.split(",")]
            rows = [attrgetter(*names)(record) for record in records]
            await self._connection.execute(self._table.add, *map(list, zip(*rows, strict=True)))

    async def publish(self, events: Sequence[Event]) -> None:
        """Append to the outbox."""
        encoded = [encode(each, owner=self._region, service=SERVICE, time=self._now) for each in events]
        await outbox.append(self._connection, SERVICE, encoded)

    async def _fetch(self, template: str, *arguments: object) -> list[R]:
        rows = await self._connection.fetch(self._table.sql(template), *arguments)
        return [msgspec.convert(dict(row), self._table.record) for row in rows]


class PostgresAreaStore(PostgresEntryStore[AreaLevel]):
    """An AreaStore: whoever changes the reference data holds its row."""

    async def lock(self, keys: Sequence[str]) -> None:  # noqa: ARG002 - one lock for all areas
        """Lock the reference data."""
        await self._connection.execute(LOCK_REFERENCE)

    async def raise_reference(self) -> int:
        """Give the reference data its next number."""
        return int(await self._connection.fetchval(RAISE_REFERENCE))

    async def start_storm(self, area: str | None, cause: str, reference: int, now: datetime) -> None:
        """Add a storm."""
        await self._connection.execute(START_STORM, area, cause, reference, now)
