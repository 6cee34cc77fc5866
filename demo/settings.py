from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]

NATION: Final = "100000"
ZHEJIANG: Final = "330000"
HUBEI: Final = "420000"
GANSU: Final = "620000"
REGIONS: Final = (NATION, ZHEJIANG, HUBEI, GANSU)
# Gansu adopts the nation's code: its people declare to the nation, and it recognises others without a code of its own.
DECLARING: Final = (NATION, ZHEJIANG, HUBEI)

CHINA: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
START: Final = datetime(2020, 2, 11, 8, tzinfo=CHINA)
"""The first morning of the demonstration: the day on which Hangzhou's code began."""

PAGE_PORT: Final = 8380
SEED: Final = 20200211


@dataclass(frozen=True)
class Plan:
    """What was asked for on the command line."""

    people: int
    once: bool
    data: Path
    seed: int = SEED
    port: int = PAGE_PORT


class DemoError(Exception):
    """The demonstration cannot go on; the text says why, and what to do about it."""
