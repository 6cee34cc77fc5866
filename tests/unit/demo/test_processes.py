from pathlib import Path

import pytest

from demo.processes import RegionProcesses
from demo.settings import HUBEI, DemoError


async def test_a_region_that_ends_is_told_with_the_end_of_its_log(tmp_path: Path, socket_enabled: None) -> None:
    processes = RegionProcesses([HUBEI], tmp_path)
    processes.start(HUBEI, {"HC_MODE": "nonsense"})
    try:
        with pytest.raises(DemoError, match="region 420000 ended with exit code 1") as told:
            await processes.ready()
    finally:
        await processes.stop()
    assert "KAFKA_BOOTSTRAP: missing" in str(told.value)
    assert str(tmp_path / "420000.log") in str(told.value)


async def test_the_callers_environment_is_not_the_regions(
    tmp_path: Path, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HC_NO_SUCH_SETTING", "1")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "elsewhere:9092")
    processes = RegionProcesses([HUBEI], tmp_path)
    processes.start(HUBEI, {})
    try:
        with pytest.raises(DemoError) as told:
            await processes.ready()
    finally:
        await processes.stop()
    assert "KAFKA_BOOTSTRAP: missing" in str(told.value)
    assert "HC_NO_SUCH_SETTING" not in str(told.value)
