"""Persons: the row that orders everything, and the sealed basic information."""

from collections.abc import Sequence
from typing import Final

from chassis.postgres.pool import Connection
from services.declaration.domain.people import Person, Sealed
from services.declaration.store.keys import KeyStore, new_name

# Rows are inserted or locked in the order of `people`; a conflicting row is locked even where WHERE leaves it alone.
# Nobody's word outweighs a person's own, so `self_declared` is never left alone with the rest.
KEEP: Final = """
INSERT INTO person AS p (subject, wrapped, sealed, weight, self_declared, updated_at)
SELECT subject, wrapped, sealed, weight, self_declared, transaction_timestamp()
FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::smallint[], $5::boolean[])
    AS t (subject, wrapped, sealed, weight, self_declared)
ORDER BY subject COLLATE "C"
ON CONFLICT (subject) DO UPDATE
    SET wrapped = excluded.wrapped, sealed = excluded.sealed, weight = excluded.weight,
        self_declared = p.self_declared OR excluded.self_declared, updated_at = excluded.updated_at
    WHERE excluded.sealed IS NOT NULL AND (p.sealed IS NULL OR excluded.weight >= p.weight)
RETURNING subject
"""

SEALED: Final = "SELECT subject, wrapped, sealed FROM person WHERE subject = ANY($1::text[]) AND wrapped IS NOT NULL"

VOUCHED: Final = """
SELECT subject, wrapped, sealed, weight, self_declared FROM person
WHERE subject = ANY($1::text[]) AND wrapped IS NOT NULL
"""

DESTROY: Final = """
WITH registrations AS (UPDATE dependant SET wrapped = NULL, sealed = NULL WHERE subject = $1)
UPDATE person SET wrapped = NULL, sealed = NULL, weight = 0, self_declared = false,
    updated_at = transaction_timestamp()
WHERE subject = $1 AND wrapped IS NOT NULL RETURNING true
"""


class PeopleStore:
    """Implements People."""

    def __init__(self, connection: Connection, keys: KeyStore) -> None:
        self._connection = connection
        self._keys = keys

    async def keep(self, people: Sequence[Person]) -> None:
        """Lock the rows and write what outweighs the old, in one statement."""
        if not people:
            return
        names = [new_name() if person.basic else None for person in people]
        written = await self._connection.fetch(
            KEEP,
            [person.subject for person in people],
            names,
            [person.basic.sealed if person.basic else None for person in people],
            [person.weight for person in people],
            [person.self_declared for person in people],
        )
        subjects = {row["subject"] for row in written}
        await self._keys.put(
            [
                (name, person.subject, person.basic.wrapped)
                for name, person in zip(names, people, strict=True)
                if name and person.basic and person.subject in subjects
            ]
        )

    async def sealed(self, subjects: Sequence[str]) -> dict[str, Sealed]:
        """The basic information of persons, of those of whom there is any and its key was not destroyed."""
        rows = await self._connection.fetch(SEALED, subjects) if subjects else []
        keys = await self._keys.get(row["wrapped"] for row in rows)
        found = [(row, keys.get(row["wrapped"])) for row in rows]
        return {row["subject"]: Sealed(wrapped, row["sealed"]) for row, wrapped in found if wrapped}

    async def vouched(self, subjects: Sequence[str]) -> dict[str, Person]:
        """As `sealed`, with who vouches for it."""
        rows = await self._connection.fetch(VOUCHED, subjects) if subjects else []
        keys = await self._keys.get(row["wrapped"] for row in rows)
        found = [(row, keys.get(row["wrapped"])) for row in rows]
        return {
            row["subject"]: Person(
                row["subject"], Sealed(wrapped, row["sealed"]), row["weight"], self_declared=row["self_declared"]
            )
            for row, wrapped in found
            if wrapped
        }

    async def destroy(self, subject: str) -> bool:
        """Destroy the person's keys, and with them all that is known of them by name; False when there was none.

        The row is locked first: whoever declares meanwhile waits, and gets a key that is not destroyed.
        """
        known = bool(await self._connection.fetchval(DESTROY, subject))
        await self._keys.destroy(subject)
        return known
