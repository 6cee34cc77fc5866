"""A pool of connections to one service's own schema."""

from typing import TypeAlias

import asyncpg

from chassis import metrics

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
    _show(pool, schema)
    return pool


def _show(pool: Pool, schema: str) -> None:
    """What of the pool is in use, asked whenever the metrics are read."""
    gauge = metrics.POOL_CONNECTIONS
    gauge.labels(schema, "idle").set_function(pool.get_idle_size)
    gauge.labels(schema, "used").set_function(lambda: pool.get_size() - pool.get_idle_size())
    metrics.POOL_LIMIT.labels(schema).set(pool.get_max_size())
