"""Fixtures for all tests: the embedded broker and database, started once a run, and a fresh database for each test."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from deploy.local.errors import StackError
from deploy.local.stack import Stack, embedded_stack, remove_data

# A busy machine is no fault of what is tested: no example has an absolute time to keep. In CI the examples are the same
# each time, so that a change fails for what it changed; elsewhere new ones are looked for at each run.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("house"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "house")


def unavailable(what: str) -> None:
    """Skip visibly; in CI what is missing is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"CI has to run this: {what}")
    pytest.skip(what)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The broker and the database: those of KAFKA_BOOTSTRAP and DATABASE_URL, or embedded ones for this run."""
    data = Path(tempfile.mkdtemp(prefix="healthcode-test-", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))  # noqa: S108 - a folder of its own, made here
    with asyncio.Runner() as runner:
        running = embedded_stack(data, progress=lambda _: None)
        try:
            started = runner.run(running.__aenter__())
        except StackError as error:
            shutil.rmtree(data, ignore_errors=True)
            unavailable(str(error))
            raise
        yield started
        runner.run(running.__aexit__(None, None, None))
        remove_data(data, lambda _: None)
    shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session")
def kafka_bootstrap(stack: Stack) -> str:
    """The broker's address."""
    return stack.kafka_bootstrap


@pytest.fixture(scope="session")
def admin_url(stack: Stack) -> str:
    """The address of a superuser's database."""
    return stack.database_url


@pytest.fixture
async def database_url(admin_url: str) -> AsyncIterator[str]:
    """The address of an empty database of this test's own."""
    name = f"t_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield admin_url.rpartition("/")[0] + f"/{name}"
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()
