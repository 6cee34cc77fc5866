"""Idempotency: the chassis's table, one claim at a time by its own function, or many at once with their answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from chassis.http import idempotency
from chassis.http.idempotency import KEPT, IdempotencyKey, Stored
from chassis.http.problems import Problem
from chassis.http.standard import IN_FLIGHT, KEY_REUSED
from chassis.postgres.pool import Connection
from services.declaration.domain.fault import InFlight, KeyReused
from services.declaration.ports import Answer, Claim

VERDICTS: Final = {IN_FLIGHT: InFlight, KEY_REUSED: KeyReused}

# In one order, so that two sets never wait for each other; a row of a transaction in flight is waited for.
FILE: Final = """
INSERT INTO idempotency AS known (client, key, body_hash, status, response, content_type, created_at)
SELECT client, key, body_hash, status, response, 'application/json', $6
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::smallint[], $5::bytea[])
    AS t (client, key, body_hash, status, response)
ORDER BY client COLLATE "C", key COLLATE "C"
ON CONFLICT (client, key) DO UPDATE
    SET body_hash = excluded.body_hash, status = excluded.status, response = excluded.response,
        content_type = excluded.content_type, created_at = excluded.created_at
    WHERE known.created_at < $7
RETURNING client, key
"""

FILED: Final = """
SELECT i.client, i.key, i.body_hash, i.status, i.response
FROM idempotency i JOIN unnest($1::text[], $2::text[]) AS t (client, key) USING (client, key)
"""

KNOWN: Final = """
SELECT status, response FROM idempotency
WHERE client = $1 AND key = $2 AND body_hash = $3 AND created_at >= $4 AND status IS NOT NULL
"""


class AnswerStore:
    """Implements Answers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def claim(self, claim: Claim, now: datetime) -> Answer | None:
        """None when the request is new, else what was answered. Raises InFlight, KeyReused."""
        try:
            stored = await idempotency.claim(self._connection, claim.client, _key(claim), now)
        except Problem as problem:
            raise VERDICTS[problem.kind] from None
        return Answer(stored.status, stored.body) if stored else None

    async def known(self, claim: Claim, now: datetime) -> Answer | None:
        """What was answered to this very request, if anything."""
        row = await self._connection.fetchrow(KNOWN, claim.client, claim.key, claim.body_hash, now - KEPT)
        return Answer(row["status"], row["response"]) if row else None

    async def complete(self, claim: Claim, answer: Answer) -> None:
        """Keep the answer."""
        await idempotency.complete(self._connection, claim.client, _key(claim), Stored(answer.status, answer.body))

    async def file(self, claimed: Sequence[tuple[Claim, Answer]], now: datetime) -> Mapping[Claim, Answer | KeyReused]:
        """Claim and keep answers at once, each client and key once; gives those that were not new."""
        fresh = await self._connection.fetch(
            FILE,
            [claim.client for claim, _ in claimed],
            [claim.key for claim, _ in claimed],
            [claim.body_hash for claim, _ in claimed],
            [answer.status for _, answer in claimed],
            [answer.body for _, answer in claimed],
            now,
            now - KEPT,
        )
        new = {(row["client"], row["key"]) for row in fresh}
        known = [claim for claim, _ in claimed if (claim.client, claim.key) not in new]
        return await self._known(known) if known else {}

    async def _known(self, claims: Sequence[Claim]) -> dict[Claim, Answer | KeyReused]:
        rows = await self._connection.fetch(FILED, [c.client for c in claims], [c.key for c in claims])
        stored = {(row["client"], row["key"]): row for row in rows}
        found: dict[Claim, Answer | KeyReused] = {}
        for claim in claims:
            row = stored[claim.client, claim.key]
            same = row["body_hash"] == claim.body_hash
            found[claim] = Answer(row["status"], row["response"]) if same else KeyReused()
        return found


def _key(claim: Claim) -> IdempotencyKey:
    return IdempotencyKey(claim.key, claim.body_hash)
