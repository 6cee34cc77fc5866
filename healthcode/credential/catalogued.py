"""Keys as the national catalogue has them: JWKs (RFC 7517) of a region, by what each signs."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from healthcode.credential.keys import key_id
from healthcode.credential.trust import TrustEntry, Usage

USAGES: Final = {"credential": Usage.CREDENTIAL, "lists": Usage.STATUS_LIST, "seal": Usage.SEAL}
"""What the catalogue calls a key, and what it may sign."""


def catalogued(region: Mapping[str, Any], name: str) -> TrustEntry:
    """What is believed of a region's key of that name, for as long as the nation says.

    Raises ValueError, whose text says which key of which region is wrong.
    """
    try:
        key = _public_key(region[name])
        return TrustEntry(
            kid=key_id(key),
            public_key=key,
            region=region["code"],
            not_before=datetime.fromisoformat(region["valid_from"]),
            not_after=datetime.fromisoformat(region["valid_until"]),
            usages=frozenset({USAGES[name]}),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{region.get('code')}: {name} is no public key on P-256 ({type(error).__name__})") from None


def _public_key(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    if (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
        raise ValueError("another kind of key")
    x, y = (int.from_bytes(_bytes(jwk[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("no base64url") from error
