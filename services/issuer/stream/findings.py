"""The worker: findings in, codes out."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from chassis import carry, metrics
from chassis.clock import Clock
from chassis.kafka.model import Record
from chassis.postgres.pool import Connection
from chassis.stream.decode import decode_event
from chassis.stream.model import Committed, Delivery, Rejected, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import FindingConcluded
from healthcode.events.code import FINDINGS_IN_BACKGROUND
from services.issuer.domain import JUDGED, Lifetime
from services.issuer.handlers.code import Ids, take_findings
from services.issuer.ports import Ledger

DECLARED_TO_COLORED: Final = metrics.histogram(
    "hc_declared_to_colored_seconds",
    "From the acceptance of a declaration, check-in or trip to the commit of what became of the code",
)


def decode_finding(record: Record) -> FindingConcluded:
    """The finding in a record. Raises Rejected for anything else, and for a color that no audit concludes."""
    finding = decode_event(record, (FindingConcluded,))
    if not isinstance(finding, FindingConcluded) or finding.color not in JUDGED:
        raise Rejected("not-a-judgement", "a finding is pending, green, yellow or red")
    return finding


def findings_spec(
    region: str, ledger_over: Callable[[Connection], Ledger], lifetime: Lifetime, clock: Clock, ids: Ids
) -> StreamSpec:
    """How the worker consumes; `ledger_over` gives the codes within the transaction of a batch."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> Committed:
        findings = [delivery.event for delivery in deliveries if isinstance(delivery.event, FindingConcluded)]
        ledger = ledger_over(connection)
        await take_findings(ledger, findings, lifetime, clock.now(), ids)

        def committed() -> None:
            ledger.committed()
            _measure(delivery.record for delivery in deliveries)

        return committed

    return StreamSpec(
        "findings",
        (topic_name(region, FindingConcluded.topic),),
        handle,
        decode_finding,
        background=(topic_name(region, FINDINGS_IN_BACKGROUND),),
    )


def _measure(records: Iterable[Record]) -> None:
    """Both ends are read off machines' clocks, so a simulated one neither lengthens nor shortens the way."""
    now = time.time()
    for record in records:
        accepted = carry.accepted_at(record.headers)
        if accepted is not None:
            DECLARED_TO_COLORED.observe(max(0.0, now - accepted))
