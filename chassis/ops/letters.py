"""Dead letters as they lie on the broker: paged, found by name, and made records again.

The broker is the truth of what letters there are; the database knows only which of them were decided.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chassis.kafka.model import BrokerError, Record, TopicPartition
from chassis.kafka.ports import Broker
from chassis.kafka.topics import DEAD_LETTERS
from chassis.stream.dead_letters import OURS
from chassis.stream.model import StreamSpec

SCAN: Final = 2000
"""Records that one look reads at most."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter of one of this service's consumers. `record` is the original, as it can be handled again."""

    offset: int
    written_at: int
    consumer: str
    code: str
    detail: str
    record: Record
    cut: int | None = None
    replay_of: str | None = None

    @property
    def topic(self) -> str:
        """The topic of the record."""
        return self.record.topic

    @property
    def id(self) -> str:
        """Its name: the topic, its offset among that topic's dead letters, and when it was written."""
        return f"{self.topic}:{self.offset}:{self.written_at}"

    @property
    def place(self) -> str:
        """Where the record lies on its own topic."""
        return f"{self.topic}/{self.record.partition}/{self.record.offset}"


@dataclass(frozen=True, slots=True)
class LetterName:
    """The parts of a letter's name."""

    topic: str
    offset: int
    written_at: int

    @classmethod
    def parse(cls, text: str) -> "LetterName":
        """From `<topic>:<offset>:<written at>`. Raises ValueError."""
        topic, offset, written_at = text.rsplit(":", 2)
        return cls(topic, int(offset), int(written_at))


class LetterBox:
    """The dead letters of one service's consumers."""

    def __init__(
        self, service: str, specs: Callable[[], Iterable[StreamSpec]], broker_of: Callable[[int], Broker]
    ) -> None:
        """`specs` gives what the service consumes now; `broker_of` the broker of a lane."""
        self._service = service
        self._broker_of = broker_of
        self._specs = specs

    @property
    def specs(self) -> Mapping[str, StreamSpec]:
        """What the service consumes now, by topic."""
        return {topic: spec for spec in self._specs() for topic in (*spec.topics, *spec.background)}

    @property
    def topics(self) -> Sequence[str]:
        """The topics that the service consumes, in order."""
        return sorted(self.specs)

    async def bounds(self, topic: str) -> tuple[int, int]:
        """The first offset of a topic's dead letters, and the one after the last."""
        [bounds] = (await self._broker(topic).bounds(topic + DEAD_LETTERS)).values()
        return bounds

    async def read(self, topic: str, start: int, most: int = SCAN) -> tuple[list[Letter], int]:
        """The service's letters among `most` records from offset `start` on, and where to go on."""
        place = TopicPartition(topic + DEAD_LETTERS, 0)
        records, following = await self._broker(topic).part(place, start, most)
        letters = (self.letter(topic, record) for record in records)
        return [letter for letter in letters if letter is not None], following

    async def find(self, names: Sequence[LetterName]) -> list[Letter]:
        """Those of the named letters that are there, in the order of their offsets."""
        found: list[Letter] = []
        for topic in sorted({name.topic for name in names} & self.specs.keys()):
            wanted = {(name.offset, name.written_at) for name in names if name.topic == topic}
            while wanted:
                letters, following = await self.read(topic, min(wanted)[0])
                found += [letter for letter in letters if (letter.offset, letter.written_at) in wanted]
                wanted = {place for place in wanted if place[0] >= following > min(wanted)[0]}
        return found

    def letter(self, topic: str, record: Record) -> Letter | None:
        """The letter in a record of a `.dlq`; None when it is another service's, or nobody's.

        One that names no reader was written by a worker older than this: every service that reads the topic shows it.
        """
        notes = {name: value.decode("utf-8", "replace") for name, value in record.headers if name in OURS and value}
        place = notes.get("hc_place", "").rsplit("/", 2)
        service, _, consumer = notes.get("hc_consumer", f"{self._service}.{self.specs[topic].consumer}").partition(".")
        if place[0] != topic or service != self._service:
            return None
        headers = tuple((name, value) for name, value in record.headers if name not in OURS)
        original = Record(topic, int(place[1]), int(place[2]), record.key or None, record.value, headers)
        return Letter(
            offset=record.offset,
            written_at=record.timestamp,
            consumer=consumer,
            code=notes.get("hc_reason", ""),
            detail=notes.get("hc_detail", ""),
            record=original,
            cut=int(notes["hc_cut"]) if "hc_cut" in notes else None,
            replay_of=notes.get("hc_replay_of"),
        )

    def _broker(self, topic: str) -> Broker:
        spec = self.specs.get(topic)
        if spec is None:
            raise BrokerError(f"{topic} is not consumed here")
        return self._broker_of(spec.lane)
