import hashlib
from pathlib import Path

import pytest

from deploy.local import maven
from deploy.local.errors import StackError
from deploy.local.jars import PINS, classpath, ensure_jars, read_pins, verify

CONTENT = {"org/one/1/one-1.jar": b"first", "org/two/2/two-2.jar": b"second"}
NO_PROGRESS: list[str] = []


@pytest.fixture
def pins() -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    for name, content in CONTENT.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_every_jar_of_the_broker_is_pinned_once_by_a_sha256() -> None:
    pins = read_pins()
    assert len(pins) == len(PINS.read_text().splitlines())
    assert all(len(bytes.fromhex(digest)) == 32 for digest in pins.values())
    assert any(name.endswith("/kafka_2.13-4.3.1.jar") for name in pins)


def test_the_class_path_is_the_pinned_jars_and_no_wildcard(cache: Path, pins: dict[str, str]) -> None:
    assert classpath(cache, pins) == [cache / name for name in CONTENT]


async def test_pinned_jars_in_the_cache_need_no_download(
    cache: Path, pins: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maven, "download", None)
    assert await ensure_jars(cache, NO_PROGRESS.append, pins) == classpath(cache, pins)


def test_a_changed_byte_is_refused_by_name(cache: Path, pins: dict[str, str]) -> None:
    (cache / "org/two/2/two-2.jar").write_bytes(b"secone")
    with pytest.raises(StackError, match=r"checksum differs: org/two/2/two-2.jar") as refused:
        verify(cache, pins)
    assert "one-1.jar" not in str(refused.value)


def test_a_byte_changed_after_a_full_check_is_refused(cache: Path, pins: dict[str, str]) -> None:
    verify(cache, pins)
    (cache / "org/one/1/one-1.jar").write_bytes(b"furst")
    with pytest.raises(StackError, match=r"one-1.jar"):
        verify(cache, pins)


def test_an_unchanged_cache_is_hashed_once(cache: Path, pins: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    verify(cache, pins)
    monkeypatch.setattr("deploy.local.jars.digest_of", None)
    verify(cache, pins)


def test_new_pins_make_an_old_check_void(cache: Path, pins: dict[str, str]) -> None:
    verify(cache, pins)
    with pytest.raises(StackError, match=r"one-1.jar"):
        verify(cache, pins | {"org/one/1/one-1.jar": "00" * 32})


def test_a_jar_without_a_pin_is_refused_by_name(cache: Path, pins: dict[str, str]) -> None:
    (cache / "stray.jar").write_bytes(b"")
    with pytest.raises(StackError, match=r"no pin for stray.jar"):
        verify(cache, pins)


def test_a_missing_jar_is_refused_by_name(cache: Path, pins: dict[str, str]) -> None:
    (cache / "org/one/1/one-1.jar").unlink()
    with pytest.raises(StackError, match=r"missing org/one/1/one-1.jar"):
        verify(cache, pins)


async def test_a_download_is_kept_only_when_it_is_what_was_pinned(
    tmp_path: Path, pins: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(folder: Path, name: str) -> Path:
        path = folder / Path(name).name
        path.write_bytes(CONTENT[name] if "one" in name else b"forged")
        return path

    monkeypatch.setattr(maven, "download", download)
    with pytest.raises(StackError, match=r"checksum differs: org/two/2/two-2.jar"):
        await ensure_jars(tmp_path, NO_PROGRESS.append, pins)
    assert not (tmp_path / "org/two/2/two-2.jar").exists()


async def test_missing_jars_are_downloaded_with_a_line_each(
    tmp_path: Path, pins: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(folder: Path, name: str) -> Path:
        path = folder / Path(name).name
        path.write_bytes(CONTENT[name])
        return path

    monkeypatch.setattr(maven, "download", download)
    lines: list[str] = []
    assert await ensure_jars(tmp_path, lines.append, pins) == classpath(tmp_path, pins)
    assert "2 of 2 jars" in lines[0]
    assert {line.split()[-1] for line in lines[1:]} == {"one-1.jar", "two-2.jar"}


def test_what_cannot_be_downloaded_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("jgo.maven.PythonResolver.download", refuse)
    with pytest.raises(StackError, match=r"one-1.jar.*check the network"):
        maven.download(tmp_path, "org/one/1/one-1.jar")
