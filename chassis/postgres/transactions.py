"""Transactions for those who come without one."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from chassis.postgres.pool import Connection, Pool

T = TypeVar("T")


class Transactions(Generic[T]):
    """Stores over a pool, each within a transaction of its own."""

    def __init__(self, pool: Pool, over: Callable[[Connection], T]) -> None:
        """`over` makes the store within a transaction."""
        self._pool = pool
        self._over = over

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[T]:
        """A transaction that commits when left without an error."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield self._over(connection)
