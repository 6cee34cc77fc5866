"""The database of persons' keys beside a test's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from chassis.migrate import ensure_database, migrate, with_database
from chassis.postgres.pool import Pool, open_pool
from services.declaration.store.keys import SCHEMA


@asynccontextmanager
async def keys_beside(database_url: str) -> AsyncIterator[Pool]:
    """A pool on it; it is dropped in the end."""
    name = f"{database_url.rpartition('/')[2]}_keys"
    await ensure_database(database_url, name)
    address = with_database(database_url, name)
    await migrate(address, SCHEMA, Path("services/declaration/migrations/keys"))
    pool = await open_pool(address, SCHEMA)
    try:
        yield pool
    finally:
        await pool.close()
        admin = await asyncpg.connect(database_url)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
