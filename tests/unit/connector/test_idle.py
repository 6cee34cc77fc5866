"""A region that runs connectors and has defined none yet."""

import asyncio
from pathlib import Path

from structlog.testing import capture_logs

from services.connector.bootstrap import read_definitions
from services.connector.stream import Idle


def test_no_folder_is_no_connector(tmp_path: Path) -> None:
    assert read_definitions(tmp_path / "connectors") == []


async def test_it_says_once_where_it_looked_and_waits_for_the_end(tmp_path: Path) -> None:
    stop = asyncio.Event()
    with capture_logs() as logs:
        idle = asyncio.create_task(Idle(tmp_path).run(stop))
        await asyncio.sleep(0)
        assert not idle.done()
        stop.set()
        await idle
    assert [(line["event"], line["folder"], line["log_level"]) for line in logs] == [
        ("no_connectors", str(tmp_path), "warning")
    ]
