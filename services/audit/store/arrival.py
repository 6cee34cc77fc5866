"""People who arrive, in SQL."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from chassis import outbox
from chassis.postgres.pool import Connection, Pool
from healthcode.envelope import encode
from healthcode.events import DecisionRecorded, DossierHandedOver, Event, ListingRecorded, TestRecorded
from services.audit.ports.entry import Decision, Listing, R, Test
from services.audit.ports.migration import Compared
from services.audit.store.entry import DECISIONS, LISTINGS, TESTS, Table
from services.audit.store.review import SERVICE

BY: Final = "migration"

ARRIVED: Final = """
INSERT INTO arrival (subject, origin, handle, sequence, color, rule, at)
SELECT DISTINCT ON (subject) * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
    $7::timestamptz[]) AS t (subject, origin, handle, sequence, color, rule, at) ORDER BY subject, sequence DESC
ON CONFLICT (subject) DO UPDATE SET origin = excluded.origin, handle = excluded.handle, sequence = excluded.sequence,
    color = excluded.color, rule = excluded.rule, at = excluded.at
WHERE (arrival.handle, arrival.sequence) IS DISTINCT FROM (excluded.handle, excluded.sequence)
    AND (arrival.handle <> excluded.handle OR arrival.sequence < excluded.sequence)
"""

# What they had where they came from, and what they have here; who was not looked at here yet is still `waiting`.
COMPARED: Final = """
SELECT a.color AS before, coalesce(d.color, 'waiting') AS after, a.rule AS rule_before, count(*) AS people
FROM arrival a LEFT JOIN dossier d USING (subject) WHERE a.origin = $1 GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3
"""


class PostgresArrivalStore:
    """An ArrivalStore over a connection, inside its transaction."""

    def __init__(self, connection: Connection, region: str, now: datetime) -> None:
        """`now`: the time of the events."""
        self._connection = connection
        self._region = region
        self._now = now

    async def take(self, arrivals: Sequence[DossierHandedOver]) -> None:
        """Set-wise; an entry's revision that is there stays."""
        names = ("subject", "origin", "handle", "sequence", "color", "rule", "at")
        await self._connection.execute(ARRIVED, *([attrgetter(name)(each) for each in arrivals] for name in names))
        await self._add(LISTINGS, [_listing(each) for arrival in arrivals for each in arrival.listings])
        await self._add(TESTS, [_test(each) for arrival in arrivals for each in arrival.tests])
        await self._add(DECISIONS, [_decision(each) for arrival in arrivals for each in arrival.decisions])

    async def publish(self, events: Sequence[Event]) -> None:
        """Append to the outbox."""
        encoded = [encode(each, owner=self._region, service=SERVICE, time=self._now) for each in events]
        await outbox.append(self._connection, SERVICE, encoded)

    async def _add(self, table: "Table[Any]", records: Sequence[Any]) -> None:
        if records:
            names = [name.strip() for name in table.columns.split(",")]
            rows = sorted({attrgetter(*names)(record) for record in records})
            await self._connection.execute(
                f"{table.add.rstrip()} ON CONFLICT (entry, revision) DO NOTHING", *map(list, zip(*rows, strict=True))
            )


async def compared(pool: Pool, origin: str) -> list[Compared]:
    """How many people came from a region, by what they had there and what they have here."""
    return [Compared(**dict(row)) for row in await pool.fetch(COMPARED, origin)]


def _listing(event: ListingRecorded) -> Listing:
    return _record(event, Listing, {"entry": event.entry})


def _test(event: TestRecorded) -> Test:
    return _record(event, Test, {"entry": event.test})


def _decision(event: DecisionRecorded) -> Decision:
    return _record(event, Decision, {"entry": event.decision, "exempts": " ".join(event.exempts)})


def _record(event: Event, kind: type[R], more: dict[str, object]) -> R:
    stated = {name: getattr(event, name) for name in kind.__struct_fields__ if hasattr(event, name)}
    return kind(**{**stated, "recorded_by": BY, **more})
