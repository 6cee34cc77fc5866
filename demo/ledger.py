"""What the topics say at the end, read once more from their beginning and by nobody's state but their own."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from chassis.kafka.model import Record, TopicPartition
from chassis.kafka.real import KafkaBroker
from demo.settings import DECLARING, GANSU, HUBEI, ZHEJIANG
from healthcode.envelope import decode, topic_name
from healthcode.events import (
    AreaLevelRecorded,
    CodeChanged,
    CodeConfirmed,
    DeclarationAccepted,
    Event,
    GuestChanged,
    ListingRecorded,
)

CODES_STATE: Final = "codes.state.v1"
HOSTS: Final = (ZHEJIANG, HUBEI, GANSU)
POLL_RECORDS: Final = 5000
POLL_SECONDS: Final = 0.2

Subject = tuple[str, str]
"""A region and a pseudonym in it."""


@dataclass
class Ledger:
    """All events by what the books ask of them, in the order of their topics."""

    facts: defaultdict[Subject, list[Event]] = field(default_factory=lambda: defaultdict(list))
    """Of each person: what was declared, and what authorities recorded."""
    stated: set[str] = field(default_factory=set)
    """Ids of what people stated."""
    outcomes: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By cause: the ids of the code events that name it."""
    codes: defaultdict[Subject, list[CodeChanged]] = field(default_factory=lambda: defaultdict(list))
    states: dict[Subject, CodeChanged] = field(default_factory=dict)
    """The last record of each key of the compacted topic."""
    areas: defaultdict[str, dict[str, AreaLevelRecorded]] = field(default_factory=lambda: defaultdict(dict))
    """By region and entry: the highest revision."""
    guests: defaultdict[Subject, list[GuestChanged]] = field(default_factory=lambda: defaultdict(list))
    """By the guest region and handle, from that region's own topic."""

    def take(self, topic: str, event: Event) -> None:
        """Enter an event."""
        _, region, name = topic.split(".", 2)
        match event:
            case CodeChanged() if name == CODES_STATE:
                self.states[region, event.subject] = event
            case CodeChanged() | CodeConfirmed():
                for cause in event.causes:
                    self.outcomes[cause].append(event.id)
                if isinstance(event, CodeChanged):
                    self.codes[region, event.subject].append(event)
            case AreaLevelRecorded():
                known = self.areas[region].get(event.entry)
                if known is None or known.revision < event.revision:
                    self.areas[region][event.entry] = event
            case GuestChanged():
                self.guests[region, event.handle].append(event)
            case _:
                self.facts[region, event.key].append(event)
                if name == DeclarationAccepted.topic:
                    self.stated.add(event.id)


async def read_ledger(broker: KafkaBroker) -> Ledger:
    """Read all that is committed now."""
    names = (
        DeclarationAccepted.topic,
        ListingRecorded.topic,
        CodeChanged.topic,
        CODES_STATE,
        AreaLevelRecorded.topic,
    )
    topics = [topic_name(region, name) for region in DECLARING for name in names]
    topics += [topic_name(region, GuestChanged.topic) for region in HOSTS]
    ledger = Ledger()
    reader = await broker.reader(topics, start="beginning")
    tps = [TopicPartition(name, number) for name in topics for number in range(await broker.partitions(name))]
    ends = await reader.end_offsets(tps)
    try:
        while not reader.reached(ends):
            for tp, records in (await reader.getmany(POLL_RECORDS, POLL_SECONDS)).items():
                for event in _events(records):
                    ledger.take(tp.topic, event)
    finally:
        await reader.stop()
    return ledger


def _events(records: Iterable[Record]) -> Iterable[Event]:
    return (decode(record.headers, record.value, record.key) for record in records)
