"""Key files: read once at start, refused when they are missing or open to everybody."""

from pathlib import Path

from chassis.settings import SettingsError

OTHERS = 0o007


def read_key(folder: Path | None, name: str) -> bytes:
    """The bytes of a key file, without surrounding white space.

    Raises SettingsError when no folder is set, the file is missing or empty, or others may read it.
    """
    if folder is None:
        raise SettingsError("HC_SECRETS: missing; expected the folder of this region's key files")
    path = folder / name
    if not path.is_file():
        raise SettingsError(
            f"HC_SECRETS: {name} is missing from the folder; `python -m deploy.keys` makes a region's keys"
        )
    if path.stat().st_mode & OTHERS:
        raise SettingsError(f"HC_SECRETS: others may read {name}; run chmod 600 on it")
    content = path.read_bytes().strip()
    if not content:
        raise SettingsError(f"HC_SECRETS: {name} is empty")
    return content


def read_hex_key(folder: Path | None, name: str, length: int = 32) -> bytes:
    """A symmetric key of `length` bytes, written in hexadecimal. Raises SettingsError as read_key does."""
    try:
        key = bytes.fromhex(read_key(folder, name).decode("ascii"))
    except ValueError:
        raise SettingsError(f"HC_SECRETS: {name} is not hexadecimal") from None
    if len(key) != length:
        raise SettingsError(f"HC_SECRETS: {name} must be {length} bytes in hexadecimal")
    return key
