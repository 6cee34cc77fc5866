"""The broker's jars: fetched once, each pinned by SHA-256, nothing beside them on the class path."""

import asyncio
import hashlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from deploy.local.errors import StackError

PINS = Path(__file__).with_name("kafka-jars.sha256")
STAMP = ".verified.json"
PARALLEL = 8


def read_pins(path: Path = PINS) -> dict[str, str]:
    """Path in the cache → SHA-256, in the order of the class path."""
    return {name: digest for digest, name in (line.split() for line in path.read_text().splitlines())}


def classpath(cache: Path, pins: dict[str, str]) -> list[Path]:
    """The jars by explicit path: a wildcard would also load what someone dropped into the folder."""
    return [cache / name for name in pins]


async def ensure_jars(cache: Path, progress: Callable[[str], None], pins: dict[str, str] | None = None) -> list[Path]:
    """The class path, every jar present and as pinned; missing ones are downloaded.

    Raises StackError naming the jar that differs, is missing or has no pin.
    """
    pins = read_pins() if pins is None else pins
    missing = _missing(cache, pins)
    if missing:
        progress(f"kafka: downloading {len(missing)} of {len(pins)} jars into {cache}")
        await _download(cache, missing, pins, progress)
    verify(cache, pins)
    return classpath(cache, pins)


def verify(cache: Path, pins: dict[str, str]) -> None:
    """Raise StackError unless the cache holds exactly the pinned jars.

    Hashing is skipped when pins, sizes and modification times are those of the last full check.
    """
    found = sorted(_jars_in(cache))
    faults = [f"missing {name}" for name in pins if name not in set(found)]
    faults += [f"no pin for {name}" for name in found if name not in pins]
    if not faults:
        stamp = {"pins": pins, "files": {name: _fingerprint(cache / name) for name in found}}
        if _read_stamp(cache) == stamp:
            return
        faults = [f"checksum differs: {name}" for name in found if digest_of(cache / name) != pins[name]]
        if not faults:
            (cache / STAMP).write_text(json.dumps(stamp))
            return
    raise _refused(faults, cache)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refused(faults: list[str], place: Path) -> StackError:
    what = "; ".join(faults)
    return StackError(
        f"The broker's jars are refused ({what}); delete the named jars in {place} and run "
        "`python -m deploy.local fetch`.",
        f"Kafka 的 jar 文件未通过校验({what});请删除 {place} 中的相应文件,然后运行 `python -m deploy.local fetch`。",
    )


def _missing(cache: Path, pins: dict[str, str]) -> list[str]:
    cache.mkdir(parents=True, exist_ok=True)
    return [name for name in pins if not (cache / name).exists()]


def _jars_in(cache: Path) -> list[str]:
    names = (path.relative_to(cache) for path in cache.rglob("*.jar"))
    return [name.as_posix() for name in names if not name.parts[0].startswith(".")]


def _fingerprint(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _read_stamp(cache: Path) -> object:
    try:
        return json.loads((cache / STAMP).read_text())
    except (OSError, ValueError):
        return None


async def _download(cache: Path, names: list[str], pins: dict[str, str], progress: Callable[[str], None]) -> None:
    gate = asyncio.Semaphore(PARALLEL)
    done = 0
    with tempfile.TemporaryDirectory(dir=cache, prefix=".part-", ignore_cleanup_errors=True) as staging:

        async def one(name: str) -> None:
            nonlocal done
            async with gate:
                await asyncio.to_thread(_fetch_one, Path(staging), cache, name, pins[name])
            done += 1
            progress(f"kafka: {done}/{len(names)} {PurePosixPath(name).name}")

        try:
            async with asyncio.TaskGroup() as group:
                for name in names:
                    group.create_task(one(name))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None


def _fetch_one(staging: Path, cache: Path, name: str, digest: str) -> None:
    """Download into `staging`; only what has the pinned hash is moved into the cache."""
    # its libraries take a quarter of a second to import, and only a first start needs them
    from deploy.local.maven import download  # noqa: PLC0415

    path = download(staging, name)
    if digest_of(path) != digest:
        raise _refused([f"checksum differs: {name}"], cache)
    target = cache / name
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)
