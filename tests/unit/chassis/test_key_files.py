from pathlib import Path

import pytest

from chassis.key_files import KeyFiles
from chassis.settings import SettingsError
from healthcode.credential import Es256Key


def write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def test_a_key_is_found_by_its_id_also_one_that_came_later(tmp_path: Path) -> None:
    first, later = Es256Key.generate(), Es256Key.generate()
    write(tmp_path / "credential.pem", first.to_pem())
    files = KeyFiles(tmp_path)
    found = files.find(first.kid)
    assert found is not None
    assert found.kid == first.kid
    assert files.find(later.kid) is None
    write(tmp_path / "credential-2.pem", later.to_pem())
    found = files.find(later.kid)
    assert found is not None
    assert found.kid == later.kid


def test_without_a_folder_there_is_none() -> None:
    assert KeyFiles(None).find(b"12345678") is None


@pytest.mark.parametrize(("content", "mode"), [(b"no key", 0o600), (Es256Key.generate().to_pem(), 0o644)])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes, mode: int) -> None:
    write(tmp_path / "odd.pem", content)
    (tmp_path / "odd.pem").chmod(mode)
    with pytest.raises(SettingsError, match=r"odd\.pem"):
        KeyFiles(tmp_path).find(b"12345678")
