"""A service's process under the profiler: `python -m bench.profiled FILE services.audit worker`.

It counts processor time, not waiting. What C extensions do within the event loop is the loop's.
"""

import cProfile
import importlib
import pstats
import runpy
import sys
import time
from pathlib import Path
from typing import Final

Key = tuple[str, int, str]

PARTS: Final = (
    ("decode and encode events", ("msgspec", "healthcode/envelope", "healthcode/events", "stream/decode")),
    ("domain", ("services/audit/domain", "services/audit/handlers", "zoneinfo", "datetime", "blake2")),
    ("sql", ("services/audit/store", "asyncpg", "chassis/postgres", "chassis/outbox")),
    ("kafka", ("aiokafka", "chassis/kafka")),
    ("batch path", ("chassis/stream", "chassis/metrics", "prometheus")),
    ("start of the process", ("importlib", "pydantic", "yaml", "fastapi", "joserfc", "marshal", "compile")),
    ("event loop, sockets, C extensions", ("uvloop", "asyncio", "_run")),
)
OTHER: Final = "other Python"


def parts_of(file: Path) -> dict[str, float]:
    """Seconds of each part in a profile, greatest first; a function in C counts where its name says."""
    spent: dict[str, float] = {}
    for key, cost in _stats(file).items():
        part = _part(key)
        spent[part] = spent.get(part, 0.0) + cost[2]
    return dict(sorted(spent.items(), key=lambda item: -item[1]))


def dearest(file: Path, count: int) -> list[tuple[str, float]]:
    """The functions that cost most by themselves, with their seconds."""
    costs = sorted(((cost[2], key) for key, cost in _stats(file).items()), reverse=True)
    return [(_name(key), seconds) for seconds, key in costs[:count]]


def _stats(file: Path) -> dict[Key, tuple[int, int, float, float, object]]:
    stats: dict[Key, tuple[int, int, float, float, object]] = pstats.Stats(str(file)).stats  # type: ignore[attr-defined] # untyped there
    return stats


def _part(key: Key) -> str:
    where = f"{key[0]}:{key[2]}"
    return next((name for name, marks in PARTS if any(mark in where for mark in marks)), OTHER)


def _name(key: Key) -> str:
    return key[2] if key[0] == "~" else f"{'/'.join(Path(key[0]).parts[-3:])}:{key[2]}"


def main() -> None:
    """Run the module until it is told to stop, then write the profile."""
    file, module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    importlib.import_module(f"{module}.bootstrap")  # what imports cost is not asked
    profile = cProfile.Profile(time.process_time)
    try:
        profile.runcall(runpy.run_module, module, run_name="__main__", alter_sys=True)
    finally:
        profile.dump_stats(file)


if __name__ == "__main__":
    main()
