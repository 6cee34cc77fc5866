"""The worker: people whose region has a code of its own now."""

from collections.abc import Callable, Sequence

from chassis.clock import Clock
from chassis.postgres.pool import Connection
from chassis.stream.decode import decoder
from chassis.stream.model import Committed, Delivery, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import PersonMoved
from services.issuer.handlers.code import Ids, move_codes
from services.issuer.ports import Ledger


def moved_spec(region: str, ledger_over: Callable[[Connection], Ledger], clock: Clock, ids: Ids) -> StreamSpec:
    """How it is consumed; `ledger_over` gives the codes within the transaction of a batch."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> Committed:
        events = [each.event for each in deliveries if isinstance(each.event, PersonMoved)]
        ledger = ledger_over(connection)
        await move_codes(ledger, events, clock.now(), ids)
        return ledger.committed

    return StreamSpec("moved", [topic_name(region, PersonMoved.topic)], handle, decoder(PersonMoved))
