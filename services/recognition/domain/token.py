"""The guest's token: the origin says that whoever holds a key is the person of a handle; a proof shows that one does.

The token is a compact JWS (`typ` guest+jwt, ES256) by the origin's signing key of the catalogue: `iss` origin, `aud`
destination, `sub` handle, `exp`, `cnf` the holder's public key (RFC 7800). The proof is one by the holder's key (`typ`
guest-proof+jwt): `aud`, `iat`, and `ath`, the token's SHA-256 in base64url; it counts for a minute.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, GuestProtocol

from services.recognition.domain.catalogue import Catalogue
from services.recognition.domain.home import Watch
from services.recognition.domain.message import ALGORITHM

OF_GUESTS: Final = "guest+jwt"
PROOF: Final = "guest-proof+jwt"
LONGEST: Final = 2048
FRESH: Final = timedelta(seconds=60)
POINT: Final = ("kty", "crv", "x", "y")

_registry: Final = jws.JWSRegistry(algorithms=[ALGORITHM])


class NotBelieved(Exception):  # noqa: N818 - a verdict, not a fault of ours
    """It is no token of a region for this one, or nobody proves now that it is theirs."""


class Claims(msgspec.Struct, frozen=True):
    """What a token says."""

    iss: str
    aud: str
    sub: str
    exp: int
    cnf: dict[str, dict[str, str]]


class Proof(msgspec.Struct, frozen=True):
    """What a holder says."""

    aud: str
    iat: int
    ath: str


def sign_token(key: ECKey, origin: str, watch: Watch, holder: Mapping[str, Any], now: datetime) -> str:
    """The token of a watch, for the device that has the holder's key. Raises ValueError for no key on P-256."""
    point: dict[str, Any] = {name: holder[name] for name in POINT if name in holder}
    if ECKey.import_key(point).curve_name != "P-256":
        raise ValueError("the holder's key is not on P-256")
    claims = {
        "iss": origin,
        "aud": watch.destination,
        "sub": watch.handle,
        "iat": int(now.timestamp()),
        "exp": int(watch.until.timestamp()),
        "cnf": {"jwk": point},
    }
    header = {"alg": ALGORITHM, "typ": OF_GUESTS, "kid": str(key.kid)}
    return jws.serialize_compact(header, json.dumps(claims), key, registry=_registry)


def believe_token(token: str, proof: str, catalogue: Catalogue, own: str, now: datetime) -> Claims:
    """What a token says that its holder shows now, in the region that it is for. Raises NotBelieved."""
    if max(len(token), len(proof)) > LONGEST:
        raise NotBelieved
    try:
        claims, signer = _token(token, catalogue, now)
        holder = ECKey.import_key({name: claims.cnf["jwk"][name] for name in POINT})
        shown = msgspec.json.decode(_content(proof, PROOF, lambda _: holder), type=Proof)
    except (JoseError, ValueError, KeyError, TypeError):
        raise NotBelieved from None
    fits = claims.iss == signer and claims.aud == shown.aud == own and shown.ath == digest(token)
    age = now - datetime.fromtimestamp(min(max(shown.iat, 0), 1 << 33), UTC)
    if not fits or claims.exp <= now.timestamp() or not -FRESH <= age <= FRESH:
        raise NotBelieved
    return claims


def digest(token: str) -> str:
    """How a proof names its token."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")


def _token(token: str, catalogue: Catalogue, now: datetime) -> tuple[Claims, str]:
    signers: list[str] = []

    def key(signature: GuestProtocol) -> ECKey:
        found = catalogue.signer(str(signature.headers().get("kid")), now)
        if found is None:
            raise NotBelieved
        signers.append(found[0].code)
        return found[1]

    return msgspec.json.decode(_content(token, OF_GUESTS, key), type=Claims), signers[0]


def _content(compact: str, kind: str, key: Any) -> bytes:
    """What was signed, by a signature of that kind alone."""
    found = jws.deserialize_compact(compact.encode(), key, registry=_registry)
    if found.headers().get("typ") != kind or found.payload is None:
        raise NotBelieved
    return found.payload
