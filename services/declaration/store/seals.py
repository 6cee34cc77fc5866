"""Sealing to another region: compact JWE to its intake key, which the national catalogue holds."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

ALGORITHM: Final = "ECDH-ES+A256KW"
ENCRYPTION: Final = "A256GCM"


class IntakeSeals:
    """Implements Seals."""

    def __init__(self, catalogue: Callable[[], Mapping[str, Any]], own: ECKey) -> None:
        """`catalogue`: as it stands now; `own`: the private half of this region's intake key."""
        self._catalogue = catalogue
        self._own = own

    def seal(self, region: str, plain: bytes) -> str:
        """Seal it. Raises LookupError."""
        for entry in self._catalogue()["regions"]:
            if entry["code"] == region:
                key = ECKey.import_key(entry["intake"])
                return str(jwe.encrypt_compact({"alg": ALGORITHM, "enc": ENCRYPTION}, plain, key))
        raise LookupError(f"the catalogue has no region {region}")

    def open(self, sealed: str) -> bytes:
        """Open it. Raises ValueError."""
        try:
            return jwe.decrypt_compact(sealed, self._own, algorithms=[ALGORITHM, ENCRYPTION]).plaintext or b""
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ValueError(f"not sealed to this region's intake key ({type(error).__name__})") from None
