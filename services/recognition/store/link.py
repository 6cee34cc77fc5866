"""When which region was heard last."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from chassis import outbox
from chassis.postgres.pool import Connection
from chassis.run import NATIONAL
from healthcode.envelope import encode, national_topic
from healthcode.events import LinkBeat, LinksHeard
from services.recognition.domain.link import Link, LinkMessage
from services.recognition.domain.message import Signer
from services.recognition.store.schema import SCHEMA

# The sequence is the time in milliseconds, so that it ascends after a restore, too; a clock that was set back does not
# stop the beats, for a last one in the future is due as well.
TURN: Final = """
INSERT INTO link_turn (sequence, spoke_at) VALUES ($3, $1)
ON CONFLICT (one) DO UPDATE SET sequence = greatest(link_turn.sequence + 1, $3), spoke_at = $1
WHERE link_turn.spoke_at <= $2 OR link_turn.spoke_at > $1
RETURNING sequence
"""

HEARD: Final = """
INSERT INTO link (region, sequence, heard_at, silent)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::interval[])
ON CONFLICT (region) DO UPDATE SET sequence = excluded.sequence, heard_at = excluded.heard_at, silent = excluded.silent
WHERE link.sequence < excluded.sequence
"""

LINKS: Final = "SELECT region, heard_at, silent FROM link"


class PostgresLinks:
    """Implements LinkBook over a connection that is in a transaction."""

    def __init__(self, connection: Connection, region: str, signer: Signer) -> None:
        """`signer` signs for `region`."""
        self._connection = connection
        self._region = region
        self._signer = signer

    async def turn(self, now: datetime, every: timedelta) -> int | None:
        """See LinkBook."""
        sequence = await self._connection.fetchval(TURN, now, now - every, int(now.timestamp() * 1000))
        return None if sequence is None else int(sequence)

    async def heard(self, links: Sequence[tuple[Link, int]]) -> None:
        """See LinkBook."""
        ordered = sorted(links)
        await self._connection.execute(
            HEARD,
            [link.region for link, _ in ordered],
            [sequence for _, sequence in ordered],
            [link.heard_at for link, _ in ordered],
            [link.silent for link, _ in ordered],
        )

    async def links(self) -> list[Link]:
        """See LinkBook."""
        return [Link(*row) for row in await self._connection.fetch(LINKS)]

    async def send(self, events: Sequence[LinkBeat | LinksHeard]) -> None:
        """See LinkBook."""
        sealed = []
        for event in events:
            topic = national_topic(event.key, event.topic)
            wire = encode(event, owner=self._region, service=SCHEMA, time=event.at, topic=topic)
            sealed.append(self._signer.sign(LinkMessage(event, wire)))
        await outbox.append(self._connection, SCHEMA, sealed, lane=NATIONAL)
