"""Writes that can be sent again: one `Idempotency-Key`, one effect, one answer.

The key is claimed and the answer stored in the very transaction that accepts the request, and kept for 24 hours. The
same request again gets the stored answer, a request still in flight 409, another request under the same key 422. The
table is `chassis/migrations/20200101000002_idempotency.sql`, in the service's own schema:

    async with pool.acquire() as conn, conn.transaction():
        stored = await claim(conn, caller.client, key, clock.now())
        if stored is not None:
            return stored.response()
        …
        await complete(conn, caller.client, key, Stored(201, body))

Stored answers are personal data as far as the answers are; `purge` takes them away.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol

from fastapi import Header, Request
from starlette.responses import Response

from chassis.http.problems import Problem
from chassis.http.standard import IDEMPOTENCY_KEY_REQUIRED, IN_FLIGHT, KEY_REUSED
from chassis.loop import Step

KEPT = timedelta(hours=24)
FORGET_SECONDS = 600.0
REPLAYED_HEADER = "Idempotent-Replayed"
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")

# The lock makes a second request fail at once instead of waiting for the first one's commit; it ends with the
# transaction. A key older than a day is taken over as if it were new.
CLAIM = """
WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(
        hashtextextended(concat_ws(E'\\x1f', current_schema(), $1::text, $2::text), 0)
    ) AS mine
), claimed AS (
    INSERT INTO idempotency AS known (client, key, body_hash, created_at)
    SELECT $1::text, $2::text, $3::bytea, $4::timestamptz FROM turn WHERE mine
    ON CONFLICT (client, key) DO UPDATE
        SET body_hash = excluded.body_hash, status = NULL, response = NULL, content_type = NULL,
            created_at = excluded.created_at
        WHERE known.created_at < $5::timestamptz
    RETURNING true
)
SELECT mine, EXISTS (SELECT FROM claimed) AS claimed FROM turn
"""
READ = "SELECT body_hash, status, response, content_type FROM idempotency WHERE client = $1 AND key = $2"
COMPLETE = "UPDATE idempotency SET status = $3, response = $4, content_type = $5 WHERE client = $1 AND key = $2"
PURGE = "DELETE FROM idempotency WHERE created_at < $1"


class Executor(Protocol):
    """What of an asyncpg connection or pool forgetting needs."""

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement; its command tag."""
        ...


class Connection(Executor, Protocol):
    """What of an asyncpg connection is used here; it must be inside a transaction."""

    async def fetchrow(self, query: str, *args: Any) -> Any:
        """The first row."""
        ...


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The key that a client chose for a request, and the hash of that request (SHA-256, 32 bytes)."""

    key: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer as it was given the first time."""

    status: int
    body: bytes
    content_type: str = "application/json"

    def response(self, *, replayed: bool = True) -> Response:
        """The answer to give; a replayed one says so in `Idempotent-Replayed`."""
        headers = {REPLAYED_HEADER: "true"} if replayed else {}
        return Response(self.body, self.status, headers, media_type=self.content_type)


async def claim(conn: Connection, client: str, key: IdempotencyKey, now: datetime) -> Stored | None:
    """Take a key for this transaction: None when the request is new, else the answer it was given.

    Raises `Problem`: 409 while the same key is in flight, 422 when it was used for another request.
    """
    turn = await conn.fetchrow(CLAIM, client, key.key, key.body_hash, now, now - KEPT)
    if turn["claimed"]:
        return None
    row = await conn.fetchrow(READ, client, key.key) if turn["mine"] else None
    if row is not None and row["body_hash"] != key.body_hash:
        raise Problem(KEY_REUSED)
    if row is None or row["status"] is None:
        raise Problem(IN_FLIGHT, headers={"Retry-After": "1"})
    return Stored(row["status"], row["response"], row["content_type"])


async def complete(conn: Connection, client: str, key: IdempotencyKey, answer: Stored) -> None:
    """Keep the answer for whoever sends the request again; in the transaction that claimed the key."""
    await conn.execute(COMPLETE, client, key.key, answer.status, answer.body, answer.content_type)


async def purge(conn: Executor, before: datetime) -> int:
    """Forget the answers given before an instant; how many they were."""
    return int((await conn.execute(PURGE, before)).rpartition(" ")[2])


def forgetting(pool: Executor, now: Callable[[], datetime]) -> Step:
    """A step that forgets the answers that nobody may ask for again; for a `Loop` every FORGET_SECONDS."""

    async def forget() -> bool:
        await purge(pool, now() - KEPT)
        return False

    return forget


async def idempotency_key(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="1 to 255 visible ASCII characters, new for each new request; kept for 24 hours",
            json_schema_extra={"pattern": f"^{_VISIBLE.pattern}$"},
        ),
    ] = None,
) -> IdempotencyKey | None:
    """FastAPI dependency: the request's key, or None when it has none; 400 when it is malformed."""
    if idempotency_key is None:
        return None
    if not _VISIBLE.fullmatch(idempotency_key):
        raise Problem(IDEMPOTENCY_KEY_REQUIRED)
    return IdempotencyKey(idempotency_key, request_hash(request.method, request.url.path, await request.body()))


def request_hash(method: str, path: str, body: bytes) -> bytes:
    """What makes two requests the same one: SHA-256 over method, path and body."""
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).digest()
