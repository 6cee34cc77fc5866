"""What operators did, and which letters are decided: the SQL of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from chassis.ops.letters import Letter
from chassis.postgres.pool import Connection, Pool

ADD: Final = """
INSERT INTO operator_act (who, client, act, targets, reason, outcome) VALUES ($1, $2, $3, $4, $5, '') RETURNING id
"""
END: Final = "UPDATE operator_act SET outcome = $2 WHERE id = $1"
PAGE: Final = "SELECT * FROM operator_act WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2"

DECIDED: Final = """
SELECT letter_offset, written_at FROM letter_decision WHERE topic = $1 AND letter_offset = ANY($2::bigint[])
"""
DECIDE: Final = """
INSERT INTO letter_decision (topic, letter_offset, written_at, state, act) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING true
"""
FORGET: Final = "DELETE FROM letter_decision WHERE topic = $1 AND letter_offset < $2"

# The batches of a consumer lock its rows in this order too: while they are held here, nothing of it is being handled.
HOLD: Final = "SELECT 1 FROM stream_offset WHERE consumer = $1 ORDER BY topic, partition FOR UPDATE"


@dataclass(frozen=True, slots=True)
class Operator:
    """Who acts, and why."""

    who: str
    client: str | None
    reason: str


async def begin(connection: Connection, operator: Operator, act: str, targets: Sequence[str]) -> int:
    """Put an act on record, in the transaction of what it does; gives its number."""
    number = await connection.fetchval(ADD, operator.who, operator.client, act, list(targets), operator.reason)
    return int(number or 0)


async def end(connection: Connection, act: int, outcome: str) -> None:
    """What came of it."""
    await connection.execute(END, act, outcome)


async def page(pool: Pool, before: int | None, limit: int) -> list[asyncpg.Record]:
    """Acts, the latest first, below the number `before`."""
    return await pool.fetch(PAGE, before, limit)


async def still_open(connection: "Connection | Pool", letters: Sequence[Letter]) -> list[Letter]:
    """Those letters, all of one topic, that nobody has decided on."""
    if not letters:
        return []
    rows = await connection.fetch(DECIDED, letters[0].topic, [letter.offset for letter in letters])
    decided = {(row["letter_offset"], row["written_at"]) for row in rows}
    return [letter for letter in letters if (letter.offset, letter.written_at) not in decided]


async def decide(connection: Connection, letter: Letter, state: str, act: int) -> bool:
    """Decide on a letter; False when somebody has."""
    return bool(await connection.fetchval(DECIDE, letter.topic, letter.offset, letter.written_at, state, act))


async def hold(connection: Connection, consumer: str) -> None:
    """Until the transaction ends, let no batch of this consumer be handled."""
    await connection.execute(HOLD, consumer)
