"""The keys of persons, in a database that is never restored: destroying one destroys what it sealed, backups included.

A row of the data holds the key's name alone. Both databases are written under the lock of the person's row: a key
before the row that names it commits, so no row names a key that was never kept.
"""

import os
from collections.abc import Iterable, Sequence
from typing import Final

from chassis.postgres.pool import Pool

SCHEMA: Final = "declaration_keys"
NAME_BYTES: Final = 16

PUT: Final = """
INSERT INTO person_key (id, subject, wrapped) SELECT * FROM unnest($1::bytea[], $2::text[], $3::bytea[])
"""
GET: Final = "SELECT id, wrapped FROM person_key WHERE id = ANY($1::bytea[])"
DESTROY: Final = "DELETE FROM person_key WHERE subject = $1"


def new_name() -> bytes:
    """A name for a key."""
    return os.urandom(NAME_BYTES)


class KeyStore:
    """Keys by name; each was wrapped by the region's master key."""

    def __init__(self, pool: Pool) -> None:
        """`pool` gives connections to the database of keys."""
        self._pool = pool

    async def put(self, keys: Sequence[tuple[bytes, str, bytes]]) -> None:
        """Keep keys: name, subject, wrapped key."""
        if keys:
            names, subjects, wrapped = zip(*keys, strict=True)
            await self._pool.execute(PUT, list(names), list(subjects), list(wrapped))

    async def get(self, names: Iterable[bytes | None]) -> dict[bytes, bytes]:
        """Those of the keys that were not destroyed."""
        wanted = [name for name in names if name is not None]
        rows = await self._pool.fetch(GET, wanted) if wanted else []
        return {row["id"]: row["wrapped"] for row in rows}

    async def destroy(self, subject: str) -> None:
        """Destroy every key that a person ever had."""
        await self._pool.execute(DESTROY, subject)
