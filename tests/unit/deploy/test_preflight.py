from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from deploy.local import preflight
from deploy.local.errors import StackError
from deploy.local.preflight import check_room, choose_port

MIB = 1 << 20


@pytest.fixture
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    _memory(monkeypatch, 2048)
    _disk(monkeypatch, 2048)


def _memory(monkeypatch: pytest.MonkeyPatch, mib: int) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=mib * MIB))


def _disk(monkeypatch: pytest.MonkeyPatch, mib: int) -> None:
    monkeypatch.setattr(psutil, "disk_usage", lambda _: SimpleNamespace(free=mib * MIB))


def _taken(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    monkeypatch.setattr(preflight, "port_is_free", lambda port: port not in ports)
    monkeypatch.setattr(preflight, "free_port", lambda: 40000)


def test_enough_room_passes(plenty: None, tmp_path: Path) -> None:
    check_room(tmp_path)


def test_too_little_memory_says_how_much_and_what_to_do(
    plenty: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _memory(monkeypatch, 700)
    with pytest.raises(StackError, match=r"700 MiB of memory .* 1024 .*close other programs"):
        check_room(tmp_path)


def test_too_little_disk_names_the_folder_and_the_setting(
    plenty: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _disk(monkeypatch, 1023)
    with pytest.raises(StackError, match=rf"1023 MiB of disk .*{tmp_path.name}.*HC_DATA") as short:
        check_room(tmp_path)
    assert "磁盘" in short.value.chinese


def test_a_wanted_port_that_is_taken_is_refused_with_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    _taken(monkeypatch, 9092)
    with pytest.raises(StackError, match=r"Port 9092 is taken.*HC_KAFKA_PORT"):
        choose_port("HC_KAFKA_PORT", 9092, None)


@pytest.mark.parametrize(
    ("wanted", "former", "chosen"),
    [(9092, 9093, 9092), (0, 9093, 9093), (0, 9094, 40000), (0, None, 40000)],
    ids=["as wanted", "as the last time", "last one taken since", "first start"],
)
def test_the_port_is_the_wanted_or_the_former_or_a_free_one(
    monkeypatch: pytest.MonkeyPatch, wanted: int, former: int | None, chosen: int
) -> None:
    _taken(monkeypatch, 9094)
    assert choose_port("HC_KAFKA_PORT", wanted, former) == chosen
