"""A PostgreSQL on loopback, from the Python package that carries its programs."""

import asyncio
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg

from deploy.local.child import POLL_SECONDS, Child, start, tail
from deploy.local.errors import StackError
from deploy.local.places import Place
from deploy.local.preflight import LOOPBACK

START_SECONDS = 60.0
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "256MB",
    "max_connections": "300",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "jit": "off",  # for queries of seconds; ours take milliseconds and would wait for the compiler
    "timezone": "UTC",
    "log_timezone": "UTC",
}

# the built-in locale sorts alike on every machine, whatever the system's own is
INIT_OPTIONS = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


def marker(home: Path) -> str:
    """The argument by which a server of this folder is known among processes: its cluster."""
    return str(home / "cluster")


def url(password: str, port: int) -> str:
    """The superuser's address; it may create databases."""
    return f"postgresql://postgres:{password}@{LOOPBACK}:{port}/postgres"


def read_password(data: Path) -> str:
    """The superuser's password, made at the first start and kept in the data folder, readable by its owner only."""
    path = data / "postgres.password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return path.read_text()


async def start_postgres(place: Place, log: Path, password: str, port: int, progress: Callable[[str], None]) -> Child:
    """A server listening on `port` with its data in `place`, answering; makes the cluster at the first start.

    Raises StackError, with the end of its log, when it ends or does not answer in time.
    """
    began = time.monotonic()
    if not (place.cluster / "PG_VERSION").exists():
        progress(f"postgres: creating the database in {place.cluster}")
        await asyncio.to_thread(_init, place, log, password)
    # the caller holds the folder's lock and has cleared what was left over, the server's workers included, so a pid
    # in this file is dead or a stranger's; the server would take a stranger of the same user for itself and refuse
    (place.cluster / "postmaster.pid").unlink(missing_ok=True)
    progress("postgres: starting the server")
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    child = start(
        "PostgreSQL",
        [place.programs / "postgres", "-D", place.cluster, "-p", str(port), *options],
        log=log,
        stop_signal=signal.SIGINT,  # fast shutdown: does not wait for clients to leave
        user=place.user,
        cwd=place.cluster,
    )
    try:
        await _until_answering(child, url(password, port))
    except BaseException:
        child.process.send_signal(signal.SIGQUIT)  # immediate shutdown, children and shared memory included
        child.process.wait()
        raise
    progress(f"postgres: ready at {LOOPBACK}:{port} ({time.monotonic() - began:.1f} s)")
    return child


async def ask(address: str, timeout_seconds: float, *, ssl: bool | None = None) -> None:
    """Return when the server behind this URL lets us in and answers; `ssl` as for asyncpg, None leaves it to the URL.

    Raises OSError, TimeoutError, ValueError or an asyncpg error when it does not.
    """
    connection = await asyncpg.connect(address, timeout=timeout_seconds, ssl=ssl)
    try:
        await connection.execute("SELECT 1")
    finally:
        await connection.close()


async def _until_answering(child: Child, address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        child.check()
        if await _let_in(address):
            return
        if time.monotonic() > deadline:
            raise StackError(
                f"PostgreSQL did not answer within {START_SECONDS:.0f} s; read {child.log}, whose last lines are:\n"
                f"{tail(child.log)}",
                f"PostgreSQL 在 {START_SECONDS:.0f} 秒内没有响应,请查看日志 {child.log}。",
            )
        await asyncio.sleep(POLL_SECONDS)


async def _let_in(address: str) -> bool:
    try:
        # without TLS no certificate is looked for in the home folder, which may be another user's
        await ask(address, 5.0, ssl=False)
    except (ConnectionError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
        return False
    except asyncpg.InvalidPasswordError as error:
        raise StackError(
            "The database does not accept the password kept beside it (postgres.password in the data folder was lost "
            "or changed); put the old one back, or remove the data with `python -m deploy.local clean`.",
            "数据库不接受数据文件夹中 postgres.password 的密码(文件丢失或被修改);"
            "请恢复原文件,或用 `python -m deploy.local clean` 删除数据。",
        ) from error
    return True


def _init(place: Place, log: Path, password: str) -> None:
    """Make the cluster beside its place and move it there: half a cluster never looks like one."""
    fresh, secret = place.home / "cluster.new", place.home / "password.new"
    shutil.rmtree(fresh, ignore_errors=True)
    secret.touch(mode=0o600)
    secret.write_text(password)
    if place.user:
        shutil.chown(secret, place.user)
    done = subprocess.run(  # noqa: S603 - our own
        [str(place.programs / "initdb"), "-D", str(fresh), "-U", "postgres", f"--pwfile={secret}", *INIT_OPTIONS],
        capture_output=True,
        text=True,
        user=place.user,
        group=place.user,
        extra_groups=[] if place.user else None,
        cwd=place.home,
        check=False,
    )
    secret.unlink()
    if done.returncode:
        log.write_text(done.stdout + done.stderr)
        raise StackError(
            f"PostgreSQL could not create its database; read {log}, whose last lines are:\n{tail(log)}",
            f"PostgreSQL 无法创建数据库,请查看日志 {log}。",
        )
    fresh.rename(place.cluster)
