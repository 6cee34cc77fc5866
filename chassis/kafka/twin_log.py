"""The twin's logs: offsets with gaps, transactions with markers, the last stable offset."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from chassis.kafka.model import Record, TopicPartition


@dataclass(eq=False, slots=True)
class Transaction:
    """One transaction: open until a marker is written to each log that it touched."""

    state: Literal["open", "committed", "aborted"] = "open"
    logs: dict[TopicPartition, "Log"] = field(default_factory=dict)

    def end(self, state: Literal["committed", "aborted"]) -> None:
        """Write the markers."""
        self.state = state
        for log in self.logs.values():
            del log.open[self]
            log.entries.append((None, self))


@dataclass(slots=True)
class Log:
    """One partition. `entries[i]` has offset `base + i`; a marker takes an offset and is no record.

    `open`: the first offset of each open transaction. `clock` stamps records.
    """

    tp: TopicPartition
    clock: Callable[[], int]
    base: int = 0
    entries: list[tuple[Record | None, Transaction | None]] = field(default_factory=list)
    open: dict[Transaction, int] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """The next offset to be written: the high watermark."""
        return self.base + len(self.entries)

    def append(
        self, key: bytes | None, value: bytes | None, headers: tuple[tuple[str, bytes], ...], txn: Transaction | None
    ) -> None:
        """Write one record."""
        self.entries.append((Record(*self.tp, self.end, key, value, headers, self.clock()), txn))
        if txn is not None:
            txn.logs[self.tp] = self
            self.open.setdefault(txn, self.end - 1)

    def trim(self, before: int) -> None:
        """Drop everything below an offset, as retention does."""
        dropped = max(0, min(before, self.end) - self.base)
        del self.entries[:dropped]
        self.base += dropped

    def stable(self) -> int:
        """The last stable offset: the first record of the oldest open transaction, or the end."""
        return min(self.open.values(), default=self.end)

    def read(self, start: int, limit: int) -> tuple[list[Record], int]:
        """Committed records from `start`, at most `limit`, and the offset to go on from."""
        found: list[Record] = []
        stable = self.stable()
        for offset in range(start, stable):
            record, txn = self.entries[offset - self.base]
            if record is not None and (txn is None or txn.state == "committed"):
                if len(found) == limit:
                    return found, offset
                found.append(record)
        return found, max(start, stable)
