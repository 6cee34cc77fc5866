"""What of a batch a service's handler gets: all but what has to wait behind parked records of its key."""

from collections.abc import Sequence

from chassis import carry, trace
from chassis.postgres.pool import Connection
from chassis.stream import dead_letters
from chassis.stream.model import Committed, Delivery, StreamSpec


async def hand_over(connection: Connection, scope: str, spec: StreamSpec, good: Sequence[Delivery]) -> Committed | None:
    """Let the handler work, and park what stands behind a parked record; gives what to call after the commit."""
    parked = await dead_letters.parked_keys(connection, spec.consumer, (d.record.key or b"" for d in good))
    if parked:
        behind = [d.record for d in good if (d.record.key or b"") in parked]
        await dead_letters.park(connection, spec.consumer, behind, dead_letters.BEHIND)
        good = [d for d in good if (d.record.key or b"") not in parked]
    return await handle_now(connection, scope, spec, good) if good else None


async def handle_now(
    connection: Connection, scope: str, spec: StreamSpec, good: Sequence[Delivery]
) -> Committed | None:
    """Let the handler work, whoever waits; gives what to call after the commit."""
    ours = [d.record for d in good] if spec.lane == 0 else []  # what others send on their broker is not carried on
    with trace.processing(scope, ours) as following, carry.carrying(ours, following):
        return await spec.handle(connection, good)
