"""First-hand facts about people of this region, of the kinds that may be shared."""

from dataclasses import dataclass
from datetime import datetime

from healthcode.events import DeclarationAccepted, ListingRecorded, TestRecorded
from healthcode.records import Content, ListingRecord, StayRecord, TestRecord
from healthcode.values import Attestation


@dataclass(frozen=True, slots=True)
class Fact:
    """A first-hand fact about a person of this region; of an `entry` the highest revision."""

    kind: str
    entry: str
    subject: str
    revision: int
    at: datetime
    withdrawn: bool
    content: Content


def facts_in(event: ListingRecorded | TestRecorded | DeclarationAccepted) -> list[Fact]:
    """The facts that may be shared in an event; none in what was itself received, or said by somebody else.

    What a region was told is never told on: A would know it from B who knows it from A.
    """
    if isinstance(event, DeclarationAccepted):
        return [] if event.attestation is Attestation.OTHER else _stays(event)
    if event.origin is not None:
        return []
    if isinstance(event, TestRecorded):
        test = TestRecord(kind=event.kind, result=event.result, sampled_at=event.sampled_at, source=event.source)
        return [_fact("test", event.test, event, test)]
    listing = ListingRecord(
        category=event.category, valid_from=event.valid_from, valid_until=event.valid_until, source=event.source
    )
    return [_fact("listing", event.entry, event, listing)]


def _fact(kind: str, entry: str, event: ListingRecorded | TestRecorded, content: Content) -> Fact:
    return Fact(kind, entry, event.subject, event.revision, event.recorded_at, event.withdrawn, content)


def _stays(event: DeclarationAccepted) -> list[Fact]:
    return [
        Fact(
            "stay",
            f"{event.id}.{number}",
            event.subject,
            1,
            event.at,
            withdrawn=False,
            content=StayRecord(area=stay.area, country=stay.country, since=stay.since, until=stay.until),
        )
        for number, stay in enumerate(event.stays)
    ]
