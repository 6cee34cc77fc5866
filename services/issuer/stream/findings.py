"""The worker: findings in, codes out."""

from collections.abc import Callable, Sequence

from chassis.clock import Clock
from chassis.kafka.model import Record
from chassis.postgres.pool import Connection
from chassis.stream.decode import decode_event
from chassis.stream.model import Delivery, Rejected, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import FindingConcluded
from services.issuer.domain import JUDGED, Lifetime
from services.issuer.handlers.code import Ids, take_findings
from services.issuer.ports import Ledger


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

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        findings = [delivery.event for delivery in deliveries if isinstance(delivery.event, FindingConcluded)]
        await take_findings(ledger_over(connection), findings, lifetime, clock.now(), ids)

    return StreamSpec("findings", (topic_name(region, FindingConcluded.topic),), handle, decode_finding)
