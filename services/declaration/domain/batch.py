"""An employer's batch: many lines, each accepted or refused by itself."""

from datetime import datetime
from typing import Final

import msgspec

from services.declaration.domain.declaration import CheckIn, Declaration
from services.declaration.domain.fault import Fault
from services.declaration.domain.trip import Trip

MOST_LINES: Final = 20_000
CHUNK_LINES: Final = 500
"""Lines of one transaction, which has to stay under 200 ms."""
SHOWN_ERRORS: Final = 1_000
RUNNER_SECONDS: Final = 30
"""After so long without a sign of life a batch that was not finished may be taken up by its next sending."""

Said = Declaration | CheckIn | Trip


class Line(msgspec.Struct, frozen=True):
    """A line by its number in the file, from 1: what it says, or what is wrong with it."""

    number: int
    said: Said | None = None
    faults: tuple[Fault, ...] = ()


class LineFaults(msgspec.Struct, frozen=True):
    """What was wrong with a line."""

    line: int
    faults: tuple[Fault, ...]


class Sending(msgspec.Struct, frozen=True):
    """How a batch came: who sent it, under which idempotency key, and the hash of the request."""

    account: str
    client: str
    key: str
    body_hash: bytes


class Tally(msgspec.Struct, frozen=True):
    """What became of a chunk: how many lines were accepted, and the refused ones in order."""

    accepted: int
    refused: tuple[LineFaults, ...]


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as stored. `done` counts the lines decided; `runner` names who works on it."""

    id: str
    sending: Sending
    runner: str
    received_at: datetime
    done: int = 0
    accepted: int = 0
    refused: int = 0
    errors: tuple[LineFaults, ...] = ()
    finished: bool = False


class Progress(msgspec.Struct, frozen=True):
    """How far the lines of a batch have come."""

    batch: Batch
    audited: int
    coloured: int
