"""What a service says of itself for a restore, and what a restore finds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from chassis.kafka.model import TopicPartition

Choice = Literal["beginning", "end"]


@dataclass(frozen=True, slots=True)
class Known:
    """Which of the events on a topic the service's tables know.

    `topic` is named without its prefix, `types` are CloudEvents types; `query` gives those of the ids `$1` that are
    known; `waiting` gives all ids that are known and whose outcome is not. `after` and `gone` say what it means that
    one is on the topic alone, or in the tables alone.
    """

    topic: str
    types: tuple[str, ...]
    query: str
    after: str
    waiting: str | None = None
    gone: str = ""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a service needs after a restore: statements that mend its tables, and what of it nobody can know."""

    mend: Sequence[str] = ()
    known: Sequence[Known] = ()
    unknowable: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """A stored position, and the log that it is in or not."""

    consumer: str
    tp: TopicPartition
    stored: int
    begin: int
    end: int

    @property
    def where(self) -> Literal["within", "behind-end", "before-beginning"]:
        """On which side of the log it lies."""
        if self.stored > self.end:
            return "behind-end"
        return "before-beginning" if self.stored < self.begin else "within"


@dataclass(slots=True)
class Plan:
    """What is to be done to one service's schema."""

    service: str
    incarnation: int
    raised: int
    positions: list[Position] = field(default_factory=list)
    waiting: int = 0
    published: list[int] = field(default_factory=list)
    after: dict[str, list[str]] = field(default_factory=dict)
    gone: dict[str, list[str]] = field(default_factory=dict)
    unknowable: Sequence[str] = ()
    mend: Sequence[str] = ()
