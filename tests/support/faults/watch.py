"""When each outcome came out, seen from outside while the fault goes on."""

import contextlib
import time
from collections.abc import Iterable, Iterator
from threading import Event, Thread
from typing import Any, Final

from confluent_kafka import Consumer, Message, TopicPartition

from healthcode.envelope import EnvelopeError, decode
from healthcode.events import CodeChanged, CodeConfirmed
from tests.support import topics
from tests.support.faults.load import Act
from tests.support.polling import eventually
from tests.support.region import RegionProcesses

NORMAL_SECONDS: Final = 2.0
"""Until its outcome is out: what takes longer is not normal. On a quiet machine it takes a tenth of a second."""


class Watch:
    """Reads the codes topic in a thread of its own, and notes when each cause came out."""

    def __init__(self, region: RegionProcesses) -> None:
        """Reads what comes from now on; in no group, which would have to find itself again after a fault."""
        bootstrap, topic = region.environment["KAFKA_BOOTSTRAP"], f"hc.{region.region}.codes.v1"
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "watch",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "reconnect.backoff.max.ms": 500,
                "log_level": 2,
            }
        )
        self._consumer.assign([TopicPartition(*place, end) for place, end in topics.ends(bootstrap, [topic]).items()])
        self._end = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self.seen: dict[str, float] = {}

    def _run(self) -> None:
        while not self._end.is_set():
            for message in self._consumer.consume(1000, 0.05):
                if message.error() is None:
                    self._note(message)

    def _note(self, message: Message) -> None:
        headers: Any = message.headers() or ()
        try:
            event = decode(headers, message.value(), message.key())
        except EnvelopeError:
            return  # poison of a test
        if isinstance(event, CodeChanged | CodeConfirmed):
            now = time.monotonic()
            for cause in event.causes:
                self.seen.setdefault(cause, now)

    def until_out(self, acts: Iterable[Act], seconds: float) -> None:
        """Wait until each declaration has its outcome."""
        waiting = {act.id for act in acts if not act.listing}
        eventually("an outcome of everything accepted", lambda: waiting <= self.seen.keys(), seconds)

    def seconds_until_normal(self, acts: Iterable[Act], since: float) -> float:
        """From `since` until the last outcome that came late was out; 0 when none was late."""
        late = [
            out
            for act in acts
            if not act.listing and (out := self.seen[act.id]) - act.sent > NORMAL_SECONDS and out > since
        ]
        return max(late, default=since) - since

    def close(self) -> None:
        """Stop reading."""
        self._end.set()
        self._thread.join()
        self._consumer.close()

    @classmethod
    @contextlib.contextmanager
    def of(cls, region: RegionProcesses) -> Iterator["Watch"]:
        """A running one."""
        watch = cls(region)
        watch._thread.start()
        try:
            yield watch
        finally:
            watch.close()
