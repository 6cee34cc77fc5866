"""Signing and checking credentials in Python, each beside the bare ECDSA operation that it cannot do without."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from healthcode.credential import (
    Checker,
    Claims,
    Es256Key,
    StatusList,
    StatusReference,
    TrustEntry,
    TrustList,
    Usage,
    Verdict,
    encode,
    show,
    verify,
)
from healthcode.values import Status

REGION: Final = "330000"
LIST: Final = "20200211-0"
SECONDS: Final = 1.0
ROUNDS: Final = 3
ECDSA: Final = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True)
class Cost:
    """Microseconds of processor time of one call, and of the bare operations beside it."""

    name: str
    micros: float
    bare: float


def costs() -> list[Cost]:
    """Of signing a credential, of checking it, and of a whole scan with proof and status list."""
    now, key, device = datetime.now(UTC).replace(microsecond=0), Es256Key.generate(), Es256Key.generate()
    private = ec.generate_private_key(ec.SECP256R1())
    public, message = private.public_key(), bytes(300)
    signature = private.sign(message, ECDSA)
    claims = _claims(now, device.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    text = encode(claims, key)
    live = show(text, int(now.timestamp()), device.sign)
    trust, checker = _trust(key, now), _checker(key, now)
    if checker.check(live, now).verdict is not Verdict.VALID:
        raise RuntimeError("the benchmark's own credential is not valid")
    sign = _micros(lambda: private.sign(message, ECDSA))
    check = _micros(lambda: public.verify(signature, message, ECDSA))
    return [
        Cost("sign a credential", _micros(lambda: encode(claims, key)), sign),
        Cost("check a credential", _micros(lambda: verify(text, trust, now)), check),
        Cost("a whole scan: credential, status list, holder's proof", _micros(lambda: checker.check(live, now)), check),
    ]


def _claims(now: datetime, holder: bytes) -> Claims:
    return Claims(
        issuer=REGION,
        issued_at=now,
        expires_at=now + timedelta(hours=24),
        credential_id=bytes(16),
        status=Status.LOW,
        since=now,
        region=REGION,
        status_list=StatusReference(5, LIST),
        holder_key=holder,
    )


def _trust(key: Es256Key, now: datetime) -> TrustList:
    day = timedelta(days=1)
    entry = TrustEntry(
        kid=key.kid,
        public_key=key.public_key,
        region=REGION,
        not_before=now - day,
        not_after=now + day,
        usages=frozenset({Usage.CREDENTIAL}),
    )
    return TrustList([entry], as_of=now)


def _checker(key: Es256Key, now: datetime) -> Checker:
    return Checker(_trust(key, now), [StatusList.of(REGION, LIST, [], 1 << 20, 1, now)])


def _micros(call: Callable[[], object]) -> float:
    """The best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        times, begun = 0, time.process_time()
        while (spent := time.process_time() - begun) < SECONDS:
            for _ in range(100):
                call()
            times += 100
        best = min(best, spent / times * 1e6)
    return best
