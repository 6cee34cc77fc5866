"""A database for a whole module of tests, and what is in it."""

import asyncio
import contextlib
import secrets
from collections.abc import Iterator
from typing import Any, Final

import asyncpg

TABLES: Final = """
SELECT schemaname AS schema, tablename AS name FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""


@contextlib.contextmanager
def own_database(admin_url: str) -> Iterator[str]:
    """The address of an empty database."""
    name = f"t_{secrets.token_hex(6)}"
    asyncio.run(_execute(admin_url, f"CREATE DATABASE {name} TEMPLATE template0"))
    try:
        yield admin_url.rpartition("/")[0] + f"/{name}"
    finally:
        asyncio.run(_execute(admin_url, f"DROP DATABASE {name} WITH (FORCE)"))


def rows(database_url: str, but: frozenset[str] = frozenset()) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables but some, by schema and table."""
    return asyncio.run(_rows(database_url, but))


async def _rows(database_url: str, but: frozenset[str]) -> dict[str, list[dict[str, Any]]]:
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction(isolation="repeatable_read"):
            names = [f"{row['schema']}.{row['name']}" for row in await connection.fetch(TABLES)]
            wanted = [name for name in names if name.partition(".")[2] not in but]
            return {name: [dict(row) for row in await connection.fetch(f"TABLE {name}")] for name in wanted}
    finally:
        await connection.close()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
