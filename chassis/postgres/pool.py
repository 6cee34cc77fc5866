"""A pool of connections to one service's own schema."""

from typing import TypeAlias

import asyncpg

# In quotes: asyncpg's classes take parameters in its stubs alone.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


async def open_pool(database_url: str, schema: str, *, size: int = 12) -> Pool:
    """At most `size` connections whose search path is `schema` alone.

    A transaction that sits idle for ten seconds is ended by the server: the relay's horizon waits for every writer.
    """
    pool = await asyncpg.create_pool(
        database_url,
        min_size=1,
        max_size=size,
        command_timeout=60,
        server_settings={
            "search_path": schema,
            "application_name": f"healthcode {schema}",
            "timezone": "UTC",
            "idle_in_transaction_session_timeout": "10000",
            "lock_timeout": "5000",
            "jit": "off",
        },
    )
    if pool is None:
        raise RuntimeError("asyncpg gave no pool")
    return pool
