"""The region that all faults hit, one after another."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.errors import StackError
from deploy.local.stack import embedded_stack, remove_data
from tests.conftest import unavailable
from tests.support.database import own_database
from tests.support.faults.disk import let_go
from tests.support.faults.world import REGION, World
from tests.support.region import region_processes


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A broker and a database of its own, as these are killed; nothing is ever taken from the environment."""
    data = Path(tempfile.mkdtemp(prefix="healthcode-faults-", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))  # noqa: S108 - a folder of its own, made here
    with pytest.MonkeyPatch.context() as patch, asyncio.Runner() as runner:
        patch.delenv("KAFKA_BOOTSTRAP", raising=False)
        patch.delenv("DATABASE_URL", raising=False)
        running = embedded_stack(data, progress=lambda _: None)
        try:
            stack = runner.run(running.__aenter__())
        except StackError as error:
            shutil.rmtree(data, ignore_errors=True)
            unavailable(str(error))
            raise
        mounted: list[Path] = []
        folder = tmp_path_factory.mktemp("faults")
        try:
            with own_database(stack.database_url) as url, region_processes(stack, url, folder, REGION) as region:
                region.migrate("100000")
                yield World(stack, region, runner.run, mounted)
        finally:
            runner.run(running.__aexit__(None, None, None))
            for place in mounted:
                let_go(place)
            remove_data(data, lambda _: None)
    shutil.rmtree(data, ignore_errors=True)
