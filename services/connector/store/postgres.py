"""A foreign PostgreSQL, read only: one statement a page, no transaction that outlives it."""

from typing import Any, Final

import asyncpg

from services.connector.domain import Definition, Row
from services.connector.ports import Away, Unusable

CONNECT_SECONDS: Final = 10
STATEMENT_SECONDS: Final = 30
SETTINGS: Final = {
    "application_name": "healthcode connector",
    "default_transaction_read_only": "on",
    "statement_timeout": str(STATEMENT_SECONDS * 1000),
    "timezone": "UTC",
    "jit": "off",
}

# The query is the region's own data; what it yields is taken as a table.
DESCRIBE: Final = "SELECT q.{key} AS key, q.{mark} AS mark FROM ({query}) q"
FIRST: Final = "SELECT q.*, q.{key}::text AS _key, q.{mark}::text AS _mark FROM ({query}) q"
ROUND: Final = " WHERE q.{mark} >= $1::text::{mark_type} - $2::text::{step_type} ORDER BY q.{mark}, q.{key} LIMIT $3"
BEHIND: Final = (
    " WHERE (q.{mark}, q.{key}) > ($1::text::{mark_type}, $2::text::{key_type}) ORDER BY q.{mark}, q.{key} LIMIT $3"
)
BEGINNING: Final = " WHERE q.{mark} IS NOT NULL ORDER BY q.{mark}, q.{key} LIMIT $1"
ALL: Final = " WHERE q.{key} > $1::text::{key_type} ORDER BY q.{key} LIMIT $2"
ALL_FIRST: Final = " ORDER BY q.{key} LIMIT $1"

MOMENTS: Final = frozenset({"timestamptz", "timestamp", "date"})
AWAY: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,
    asyncpg.TooManyConnectionsError,
    asyncpg.SerializationError,
)


class PostgresSource:
    """Implements Source over one connection, which is opened anew when it ended."""

    def __init__(self, address: str, definition: Definition) -> None:
        """`address`: of a user who may read what the query names, and nothing else."""
        self._address = address
        self._definition = definition
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._names: dict[str, str] = {}

    async def changed(self, mark: str | None, overlap: float, after: Row | None, limit: int) -> list[Row]:
        """See Source."""
        if after is not None:
            return await self._rows(BEHIND, after.mark, after.key, limit)
        if mark is None:
            return await self._rows(BEGINNING, limit)
        return await self._rows(ROUND, mark, str(overlap), limit)

    async def all(self, after: str | None, limit: int) -> list[Row]:
        """See Source."""
        return await (self._rows(ALL_FIRST, limit) if after is None else self._rows(ALL, after, limit))

    async def close(self) -> None:
        """See Source."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            await connection.close(timeout=CONNECT_SECONDS)

    async def _rows(self, where: str, *arguments: object) -> list[Row]:
        try:
            connection = await self._open()
            statement = (FIRST + where).format_map(self._names)
            rows = await connection.fetch(statement, *arguments, timeout=STATEMENT_SECONDS)
        except asyncpg.ClientConfigurationError:
            raise Unusable("the address is none of PostgreSQL's") from None
        except AWAY as error:
            self._abandon()
            raise Away(f"the source does not answer ({type(error).__name__})") from None
        except (asyncpg.PostgresError, ValueError) as error:
            raise Unusable(f"the source cannot be read as the definition says ({type(error).__name__})") from None
        return [_row(row) for row in rows]

    async def _open(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._connection is None or self._connection.is_closed():
            connection = await asyncpg.connect(
                self._address, timeout=CONNECT_SECONDS, command_timeout=STATEMENT_SECONDS, server_settings=SETTINGS
            )
            try:
                self._names = await self._described(connection)
            except BaseException:
                connection.terminate()
                raise
            self._connection = connection
        return self._connection

    async def _described(self, connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, str]:
        """The names that the statements are made of; a watermark may be a time or a number."""
        definition = self._definition
        names = {
            "query": definition.query.rstrip().removesuffix(";"),
            "key": _quoted(definition.key),
            "mark": _quoted(definition.watermark),
        }
        described = await connection.prepare(DESCRIBE.format_map(names))
        key, mark = (attribute.type.name for attribute in described.get_attributes())
        step = "float8 * interval '1 second'" if mark in MOMENTS else f"numeric::{mark}"
        return {**names, "key_type": key, "mark_type": mark, "step_type": step}

    def _abandon(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _row(row: asyncpg.Record) -> Row:
    values: dict[str, Any] = dict(row)
    key, mark = values.pop("_key"), values.pop("_mark")
    return Row(key or "", mark or "", values)
