from pathlib import Path

import pytest

from chassis.watched import LOOK_SECONDS, Watched


class Time:
    """A clock that is put on by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def put(path: Path, text: str) -> None:
    """Into place, as whoever writes it does."""
    new = path.with_name("new")
    new.write_text(text)
    new.replace(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    put(tmp_path / "number", "1")
    return tmp_path / "number"


def test_a_change_is_taken_a_second_later(path: Path) -> None:
    time = Time()
    watched = Watched(path, int, monotonic=time)
    put(path, "2")
    assert watched() == 1
    time.now += LOOK_SECONDS
    assert watched() == 2


def test_what_is_wrong_or_away_changes_nothing_and_is_said_once(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    time = Time()
    watched = Watched(path, int, monotonic=time)
    put(path, "two")
    for _ in range(3):
        time.now += LOOK_SECONDS
        assert watched() == 1
    assert capsys.readouterr().out.count("file_not_taken") == 1
    path.unlink()
    for _ in range(3):
        time.now += LOOK_SECONDS
        assert watched() == 1
    assert capsys.readouterr().out.count("file_not_taken") == 1
    put(path, "3")
    time.now += LOOK_SECONDS
    assert watched() == 3


def test_it_does_not_begin_with_what_is_wrong(path: Path) -> None:
    put(path, "one")
    with pytest.raises(ValueError, match="one"):
        Watched(path, int)
