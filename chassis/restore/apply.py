"""Makes one service's schema fit, in one transaction."""

from typing import Final

from chassis.postgres.pool import Connection
from chassis.restore.model import Choice, Plan, Position

RAISE: Final = "UPDATE incarnation SET incarnation = $1"
MOVE: Final = """
UPDATE stream_offset SET next_offset = $4, strikes = 0, stopped_for = NULL, stopped_at = NULL, epoch = epoch + 1
WHERE consumer = $1 AND topic = $2 AND partition = $3
"""
FORGET: Final = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"

# After a logical restore transaction ids begin anew, far below those that the rows and the lanes remember. In their
# order, in a few hundred steps, the rows get ids below any of a new server's: windows stay as small as they were.
LANES: Final = """
UPDATE relay_lane SET horizon = 0, pending_to = NULL, window_no = 0, epoch = epoch + 1, seen_at = NULL
"""
OUTBOX: Final = """
UPDATE outbox o SET xid = t.step + 2
FROM (SELECT id, ntile(400) OVER (PARTITION BY lane ORDER BY id) AS step FROM outbox) t WHERE o.id = t.id
"""


class Undecided(ValueError):  # noqa: N818 - says what is missing
    """Positions lie outside their logs, and the operator has not said where to go on."""


async def apply(
    connection: Connection, plan: Plan, *, behind_end: Choice | None, before_beginning: Choice | None
) -> None:
    """Do what the plan says, in the caller's transaction. Raises Undecided."""
    moves = [(position, target(position, behind_end, before_beginning)) for position in plan.positions]
    await connection.execute(RAISE, plan.raised)
    await connection.execute(FORGET, plan.published)
    await connection.execute(LANES)
    await connection.execute(OUTBOX)
    for position, offset in moves:
        if offset != position.stored:
            await connection.execute(MOVE, position.consumer, *position.tp, offset)
    for statement in plan.mend:
        await connection.execute(statement)


def target(position: Position, behind_end: Choice | None, before_beginning: Choice | None) -> int:
    """From where a consumer goes on. Raises Undecided."""
    if position.where == "within":
        return position.stored
    choice = behind_end if position.where == "behind-end" else before_beginning
    if choice is None:
        raise Undecided(
            f"{position.tp.topic}/{position.tp.partition} ({position.consumer}): the position {position.stored} lies "
            f"{position.where.replace('-', ' ')} of the log ({position.begin} to {position.end});"
            f" say --{position.where}"
        )
    return position.begin if choice == "beginning" else position.end
