"""People who come from another region with all their facts: kept, and answered."""

from collections.abc import Callable, Sequence
from datetime import datetime

from healthcode.events import DossierHandedOver, HandoverAnswered
from services.audit.ports.migration import ArrivalStore


async def take_arrivals(
    store: ArrivalStore, own: str, arrivals: Sequence[DossierHandedOver], now: datetime, ids: Callable[[], str]
) -> None:
    """Keep the entries behind their facts, and say that all of it is here.

    The worker that judges reads the same events; it is no later than they are kept.
    """
    await store.take(arrivals)
    await store.publish(
        [
            HandoverAnswered(
                id=ids(),
                handle=each.handle,
                sequence=each.sequence,
                origin=own,
                destination=each.origin,
                outcome="taken",
                at=now,
            )
            for each in arrivals
        ]
    )
