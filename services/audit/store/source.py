"""Where people live, in SQL: by their dossiers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chassis.postgres.pool import Connection
from services.audit.domain import Dossier
from services.audit.ports.entry import Listing, Test
from services.audit.store.entry import PostgresAreaStore, PostgresEntryStore

DOSSIERS: Final = "SELECT subject, facts FROM dossier WHERE subject = ANY($1::text[]) AND facts <> ''"


class PostgresResidences:
    """Residences over a connection; nothing is locked."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def residences(self, subjects: Sequence[str]) -> dict[str, str]:
        """The areas that count now."""
        rows = await self._connection.fetch(DOSSIERS, subjects)
        homes = {row["subject"]: Dossier.decode(row["facts"]).residence for row in rows}
        return {subject: home for subject, home in homes.items() if home is not None}


@dataclass(frozen=True)
class PostgresSourceBooks:
    """Implements SourceBooks."""

    people: PostgresResidences
    listings: PostgresEntryStore[Listing]
    tests: PostgresEntryStore[Test]
    areas: PostgresAreaStore
