import os
import stat
from pathlib import Path

import pytest

from deploy.local import places
from deploy.local.errors import StackError
from deploy.local.places import Place, others_can_reach, prepare_place

NOBODY = 65534


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir()
    monkeypatch.setattr(places, "SHARED", folder)
    return folder


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, int, int]]:
    """Root, as far as this module can tell; the ids of the system user are our own, so that ownership holds."""
    owned: list[tuple[Path, int, int]] = []
    ours = (os.getuid(), os.getgid())
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, uid, gid: owned.append((path, uid, gid)))
    monkeypatch.setattr(places, "_ensure_user", lambda: ours)
    monkeypatch.setattr(places, "_reachable_programs", lambda *_: Path("/programs"))
    return owned


def test_an_ordinary_user_has_the_database_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", os.getuid if os.getuid() else lambda: NOBODY)
    monkeypatch.setattr(places, "_make_owned", lambda *_: None)
    place = prepare_place(tmp_path, pytest.fail)
    assert (place.home, place.user) == (tmp_path / "postgres", None)


def test_root_keeps_it_there_when_the_system_user_can_reach_the_folder(
    tmp_path: Path, shared: Path, as_root: list[tuple[Path, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "others_can_reach", lambda _: True)
    assert prepare_place(tmp_path, pytest.fail) == Place(tmp_path / "postgres", Path("/programs"), places.USER)
    assert [path for path, _, _ in as_root] == [tmp_path / "postgres"]


def test_root_says_where_else_it_goes_and_finds_it_again(
    tmp_path: Path, shared: Path, as_root: list[tuple[Path, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "others_can_reach", lambda _: False)
    lines: list[str] = []
    first = prepare_place(tmp_path, lines.append)
    assert first.home.parent == shared
    assert str(first.home) in lines[0]
    monkeypatch.setattr(places, "others_can_reach", lambda _: True)
    assert prepare_place(tmp_path, pytest.fail).home == first.home, "the data stays where it is"


def test_root_lets_the_system_user_through_a_private_data_folder_and_no_further_up(
    tmp_path: Path, shared: Path, as_root: list[tuple[Path, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    monkeypatch.setattr(
        places, "others_can_reach", lambda path: path == tmp_path or bool(path.stat().st_mode & stat.S_IXOTH)
    )
    lines: list[str] = []
    assert prepare_place(data, lines.append).home == data / "postgres"
    assert "allowing" in lines[0]
    assert stat.S_IMODE(data.stat().st_mode) == 0o711
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_two_data_folders_never_share_a_place(tmp_path: Path, shared: Path) -> None:
    assert places._fallback(tmp_path / "a") != places._fallback(tmp_path / "b")


def test_a_folder_that_someone_else_put_there_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (tmp_path / "link").symlink_to(target)
    for planted, owner in ((tmp_path / "link", os.getuid()), (target, os.getuid() + 1)):
        with pytest.raises(StackError, match="does not belong"):
            places._make_owned(planted, owner, os.getgid())


def test_a_private_folder_anywhere_above_is_not_reachable(tmp_path: Path) -> None:
    inner = tmp_path / "private" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "private").chmod(0o700)
    assert not others_can_reach(inner)
    assert others_can_reach(Path("/"))
