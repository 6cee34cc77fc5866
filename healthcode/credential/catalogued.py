"""Keys as the national catalogue has them: JWKs (RFC 7517) of a region, by what each signs.

    "credential": [{"kty": "EC", "crv": "P-256", "x": …, "y": …,
                    "signs_from": …, "signs_until": …, "believed_until": …, "revoked_at": …, "reason": …}]

Times are optional: a key without them signs and is believed for as long as its region is a member.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from healthcode.credential.keys import key_id
from healthcode.credential.trust import TrustEntry, Usage

USAGES: Final = {"credential": Usage.CREDENTIAL, "lists": Usage.STATUS_LIST, "seal": Usage.SEAL}
"""What the catalogue calls a region's keys, and what they may sign."""


def catalogued(region: Mapping[str, Any], name: str) -> list[TrustEntry]:
    """What is believed of a region's keys of that name, for as long as the nation says; none where it has none.

    Raises ValueError, whose text says which key of which region is wrong.
    """
    try:
        return [_entry(region, jwk, USAGES[name]) for jwk in region.get(name, ())]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{region.get('code')}: {name} is no list of public keys on P-256 ({type(error).__name__})"
        ) from None


def _entry(region: Mapping[str, Any], jwk: Mapping[str, Any], usage: Usage) -> TrustEntry:
    key = public_key(jwk)
    joined, left = (_whole(region[name]) for name in ("valid_from", "valid_until"))
    return TrustEntry(
        kid=key_id(key),
        public_key=key,
        region=region["code"],
        not_before=max(joined, _time(jwk, "signs_from") or joined),
        not_after=min(left, _time(jwk, "believed_until") or left),
        usages=frozenset({usage}),
        signs_until=_time(jwk, "signs_until"),
        revoked_at=_time(jwk, "revoked_at"),
    )


def public_key(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    """The key in a JWK. Raises ValueError or KeyError for what is none on P-256."""
    if (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
        raise ValueError("another kind of key")
    x, y = (int.from_bytes(_bytes(jwk[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _time(jwk: Mapping[str, Any], name: str) -> datetime | None:
    return _whole(jwk[name]) if name in jwk else None


def _whole(text: str) -> datetime:
    """Credentials tell whole seconds: within one, the old key's last would seem to be signed after its end."""
    return datetime.fromisoformat(text).replace(microsecond=0)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("no base64url") from error
