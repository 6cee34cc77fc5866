"""A service's schema with the chassis' tables, for tests of the delivery path alone."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeVar

import asyncpg

from chassis.postgres.pool import Connection, Pool, open_pool
from chassis.postgres.transactions import Transactions

Store = TypeVar("Store")
SCRIPTS = [
    path.read_text("utf-8").partition("-- migrate:down")[0] for path in sorted(Path("chassis/migrations").glob("*.sql"))
]


def tables_of(service: str) -> str:
    """All migrations of a service, one after another."""
    return "".join(
        path.read_text("utf-8").partition("-- migrate:down")[0]
        for path in sorted(Path(f"services/{service}/migrations").glob("*.sql"))
    )


async def delivery_pool(database_url: str, schema: str, more: str = "") -> Pool:
    """A pool on a new schema that has the chassis' tables and those of `more`."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(f"CREATE SCHEMA {schema}; SET search_path = {schema}")
        for script in SCRIPTS:
            await connection.execute(script)
        if more:
            await connection.execute(more)
    finally:
        await connection.close()
    return await open_pool(database_url, schema)


def in_transactions(
    pool: Pool, store: Callable[[Connection], Store]
) -> Callable[[], AbstractAsyncContextManager[Store]]:
    """Opens the store, each time in a transaction of its own."""
    return Transactions(pool, store).begin
