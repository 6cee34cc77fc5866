"""A file that may change while a process runs: read again when it has, and kept as it was while it is wrong."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

import structlog

LOOK_SECONDS: Final = 1.0

log = structlog.get_logger()
T = TypeVar("T")


class Watched(Generic[T]):
    """What is in a file, at most a second old.

    Whoever puts a new one there renames it into place: half a file is refused like any other wrong one, and said once.
    """

    def __init__(
        self, path: Path, read: Callable[[bytes], T], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`read` understands the bytes, and raises ValueError for what it cannot. Raises that, and OSError."""
        self._path = path
        self._read = read
        self._monotonic = monotonic
        self._stamp = self._stamp_now()
        self._value = read(path.read_bytes())
        self._looked = monotonic()
        self._said = ""

    def __call__(self) -> T:
        """As it stands."""
        now = self._monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._look()
        return self._value

    def _look(self) -> None:
        try:
            stamp = self._stamp_now()
            if stamp == self._stamp:
                return
            self._stamp = stamp
            self._value = self._read(self._path.read_bytes())
        except (OSError, ValueError) as fault:
            if str(fault) != self._said:
                log.error("file_not_taken", file=self._path.name, reason=str(fault))  # noqa: TRY400 - the reason says it all
            self._said = str(fault)
        else:
            log.info("file_taken", file=self._path.name)
            self._said = ""

    def _stamp_now(self) -> tuple[int, int, int]:
        found = self._path.stat()
        return found.st_ino, found.st_mtime_ns, found.st_size
