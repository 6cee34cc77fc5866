"""What regions without a code of their own submit: a refused one is a dead letter, and its region is told.

A refusal is no strike: a region that speaks of people who are not its own is wrong, and holds nobody else up.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, cast

from chassis import metrics, outbox
from chassis.clock import Clock
from chassis.postgres.pool import Connection
from chassis.stream.dead_letters import dead_letter
from chassis.stream.decode import decoder
from chassis.stream.model import Committed, Delivery, Rejected, StreamSpec
from healthcode.envelope import encode, topic_name
from healthcode.events import (
    AreaLevelSubmitted,
    ListingSubmitted,
    SourceFault,
    SourceRefused,
    SourceSubmitted,
    TestSubmitted,
)
from healthcode.events.source import Submitted
from services.audit.handlers.source import Submission, entry_of, source_of, take_submissions
from services.audit.ports.entry import AreaLevel, Fault, Listing, Refused, Test
from services.audit.ports.source import SourceBooks
from services.audit.stream.person import PersonReader

SERVICE: Final = "audit"
CONSUMER: Final = "sources"
LONGEST_BY: Final = 100
KINDS: Final = {ListingSubmitted: "listing", TestSubmitted: "test", AreaLevelSubmitted: "area"}


def source_spec(
    region: str, clock: Clock, reader: PersonReader, books: Callable[[Connection], SourceBooks], ids: Callable[[], str]
) -> StreamSpec:
    """The stream of what regions feed in."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> Committed:
        now = clock.now()
        refused: dict[int, Refused] = {}
        drafts: dict[int, Submission] = {}
        for number, delivery in enumerate(deliveries):
            try:
                drafts[number] = _draft(cast("SourceSubmitted", delivery.event), reader, now)
            except Refused as verdict:
                refused[number] = verdict
        verdicts = await take_submissions(books(connection), list(drafts.values()), now)
        refused |= {n: each for n, each in zip(drafts, verdicts, strict=True) if isinstance(each, Refused)}
        told = [(deliveries[number], refused[number]) for number in sorted(refused)]
        await _tell(connection, told, now)

        def committed() -> None:
            for delivery, verdict in told:
                metrics.DEAD_LETTERS.labels(delivery.record.topic, _reason(verdict)).inc()

        return committed

    async def _tell(connection: Connection, told: Sequence[tuple[Delivery, Refused]], now: datetime) -> None:
        letters = [
            dead_letter(delivery.record, _reason(verdict), str(verdict), consumer=f"{SERVICE}.{CONSUMER}")
            for delivery, verdict in told
        ]
        refusals = [
            _refusal(region, cast("SourceSubmitted", delivery.event), verdict, ids(), now) for delivery, verdict in told
        ]
        encoded = [encode(each, owner=region, service=SERVICE, time=now) for each in refusals]
        await outbox.append(connection, SERVICE, [*letters, *encoded])

    topics = [topic_name(region, SourceSubmitted.topic)]
    return StreamSpec(CONSUMER, topics, handle, decoder(SourceSubmitted), max_records=500, at_limit="pause")


def _reason(verdict: Refused) -> str:
    return verdict.faults[0].code.replace("_", "-")


def _refusal(region: str, event: SourceSubmitted, verdict: Refused, ident: str, now: datetime) -> SourceRefused:
    what = event.submitted
    return SourceRefused(
        id=ident,
        origin=region,
        destination=event.origin,
        entry=event.entry,
        sequence=event.sequence,
        kind=KINDS[type(what)] if what is not None else "",
        submission=what.id if what is not None else event.id,
        faults=tuple(SourceFault(fault.code, fault.field) for fault in verdict.faults),
        at=now,
    )


def _draft(event: SourceSubmitted, reader: PersonReader, now: datetime) -> Submission:
    """The entry that is submitted. Raises Refused."""
    what = event.submitted
    if what is None:
        raise Refused([Fault("not_one_submission", "")])
    for name in what.__struct_fields__:
        value = getattr(what, name)
        if isinstance(value, datetime) and value.tzinfo is None:
            raise Refused([Fault("no_time_zone", name)])
    if not what.source.strip():
        raise Refused([Fault("no_source", "source")])
    common: dict[str, Any] = {
        "entry": entry_of(event.origin, event.entry),
        "revision": what.revision,
        "source": source_of(event.origin),
        "evidence": what.evidence,
        "recorded_at": now,
        "recorded_by": what.source[:LONGEST_BY],
        "withdrawn": what.withdrawn,
    }
    return Submission(event.origin, _entry(what, reader, common))


def _entry(what: Submitted, reader: PersonReader, common: dict[str, Any]) -> Listing | Test | AreaLevel:
    if isinstance(what, AreaLevelSubmitted):
        return AreaLevel(
            area=what.area, level=what.level, valid_from=what.valid_from, valid_until=what.valid_until, **common
        )
    try:
        subject = reader.subject(what.person)
    except Rejected as verdict:
        raise Refused([Fault(verdict.code.replace("-", "_"), "person")]) from None
    if isinstance(what, TestSubmitted):
        return Test(subject=subject, kind=what.kind, result=what.result, sampled_at=what.sampled_at, **common)
    return Listing(
        subject=subject, category=what.category, valid_from=what.valid_from, valid_until=what.valid_until, **common
    )
