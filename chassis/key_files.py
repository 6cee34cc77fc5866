"""Private keys as files of a folder: the provider of those who have no hardware module."""

from pathlib import Path
from typing import Final

from chassis.keys import read_key
from chassis.settings import SettingsError
from healthcode.credential import Es256Key, SigningKey

PATTERN: Final = "*.pem"


class KeyFiles:
    """Finds a key by its id. A key that comes while the process runs is found when it is asked for.

    A module that signs by itself (PKCS #11) is another provider with the same one method.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[bytes, SigningKey] = {}

    def find(self, kid: bytes) -> SigningKey | None:
        """The key, or None where its file is not there. Raises SettingsError for a file that others may read."""
        if kid not in self._known:
            self._known = {key.kid: key for key in self._all()}
        return self._known.get(kid)

    def _all(self) -> list[Es256Key]:
        names = [] if self._folder is None else sorted(path.name for path in self._folder.glob(PATTERN))
        return [self._read(name) for name in names]

    def _read(self, name: str) -> Es256Key:
        try:
            return Es256Key.from_pem(read_key(self._folder, name))
        except (ValueError, TypeError):
            raise SettingsError(f"HC_SECRETS: {name} holds no private key on P-256 without a password") from None
