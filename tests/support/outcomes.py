"""What an outsider sees on a region's codes topic, through another Kafka library, `read_committed`."""

import json
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer

from healthcode.envelope import EnvelopeError, decode

CHANGED = "org.healthcode.code.changed.v1"
CONFIRMED = "org.healthcode.code.confirmed.v1"


@dataclass
class Outcomes:
    """The codes topic from its beginning: versions per subject in the order seen, and how often each cause came out."""

    bootstrap: str
    topic: str
    settings: Mapping[str, str] = field(default_factory=dict)
    """More of the library's settings, for a broker that wants a password."""
    versions: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    causes: Counter[str] = field(default_factory=Counter)
    latest: dict[str, dict[str, Any]] = field(default_factory=dict)
    every: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start at the beginning, in a group of its own."""
        self._consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": f"outcomes-{uuid.uuid4()}",
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                **self.settings,
            }
        )
        self._consumer.subscribe([self.topic])

    def read_until(self, causes: Iterable[str], seconds: float) -> set[str]:
        """Read until each of these causes came out, or for so many seconds; gives the ones still missing."""
        missing = {cause for cause in causes if not self.causes[cause]}
        deadline = time.monotonic() + seconds
        while missing and time.monotonic() < deadline:
            self._read()
            missing = {cause for cause in missing if not self.causes[cause]}
        return missing

    def read_for(self, seconds: float) -> None:
        """Read on, to see what comes too much."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._read()

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def _read(self) -> None:
        for message in self._consumer.consume(1000, 0.2):
            if message.error() is not None:
                continue
            headers: dict[str, Any] = dict(message.headers() or [])
            try:
                decode(headers, message.value(), message.key())
            except EnvelopeError:
                continue  # another test's garbage
            event = json.loads(message.value() or b"")
            if headers["ce_type"] not in {CHANGED.encode(), CONFIRMED.encode()}:
                continue
            self.causes.update(event["causes"])
            if headers["ce_type"] == CHANGED.encode():
                self.versions[event["subject"]].append((event["incarnation"], event["version"]))
                self.latest[event["subject"]] = event
                self.every.append((event["subject"], event))
