"""Checking a credential with no server."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from healthcode.credential.claims import Claims
from healthcode.credential.container import Malformed, strict_cbor, unpack
from healthcode.credential.cwt import from_cwt
from healthcode.credential.sealed import is_signed_by
from healthcode.credential.trust import TrustEntry, TrustList, Usage
from healthcode.values import Coded

CLOCK_SKEW: Final = timedelta(seconds=60)


class Verdict(Coded):
    """What a verifier answers. Only `valid` lets anyone in; the names say what to do about the others."""

    VALID = "valid", "有效", "valid"
    EXPIRED = "expired", "已过期，请刷新健康码", "expired: refresh the code"
    REVOKED = "revoked", "已撤销，请刷新健康码", "revoked: refresh the code"
    NOT_FRESH = "not_fresh", "不是实时亮码，请打开应用重新出示", "not fresh: show the code live from the app"
    CLOCK_AHEAD = "clock_ahead", "时间超前，请校准设备时间", "clock ahead: set the time of the device"
    UNKNOWN_ISSUER = "unknown_issuer", "未知的签发地区，请更新信任列表", "unknown issuer: update the trust list"
    SUSPENDED_ISSUER = "suspended_issuer", "签发地区已被暂停互认", "suspended issuer: ask for the person's other code"
    MALFORMED = "malformed", "不是健康码，请重新扫描", "malformed: not a health code, scan again"
    BAD_SIGNATURE = "bad_signature", "签名无效，可能是伪造的", "bad signature: it may be forged"
    STALE_VERIFIER = "stale_verifier", "核验端数据过旧，请联网更新", "stale verifier: go online and update its lists"


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer to one scan."""

    verdict: Verdict
    claims: Claims | None = None
    """Only what a trusted key has signed for its own region; None with every verdict that says nobody has."""
    detail: str = ""
    """For the verifier's engineer: which check failed. Never anything of the text."""


def verify(
    text: str,
    trust: TrustList,
    now: datetime,
    *,
    is_revoked: Callable[[Claims], bool] | None = None,
    clock_skew: timedelta = CLOCK_SKEW,
) -> Verification:
    """Check a credential at a time; raises for no text.

    Without `is_revoked` none is taken for revoked; what it raises goes through, so a broken list lets nobody in.
    `clock_skew` is how far an issuer's clock may be ahead of the verifier's.
    """
    try:
        message = unpack(text)
    except Malformed as error:
        return Verification(Verdict.MALFORMED, detail=str(error))
    candidates = trust.candidates(message.kid, Usage.CREDENTIAL)
    if not candidates:
        return Verification(Verdict.UNKNOWN_ISSUER, detail="no key with this id signs credentials")
    signers = [entry for entry in candidates if is_signed_by(message, entry)]
    if not signers:
        return Verification(Verdict.BAD_SIGNATURE, detail="no key with this id made the signature")
    try:
        claims = _claims(message.payload)
    except ValueError as error:
        return Verification(Verdict.MALFORMED, detail=str(error))
    return _judge(claims, signers, now, is_revoked, clock_skew)


def _judge(
    claims: Claims,
    signers: Iterable[TrustEntry],
    now: datetime,
    is_revoked: Callable[[Claims], bool] | None,
    clock_skew: timedelta,
) -> Verification:
    own = [entry for entry in signers if entry.region == claims.issuer]
    if not own:
        return Verification(Verdict.UNKNOWN_ISSUER, detail="the key is trusted for another region")
    if not any(entry.is_good(claims.issued_at, now) for entry in own):
        return _void(own, now)
    if claims.issued_at > now + clock_skew:
        return Verification(Verdict.CLOCK_AHEAD, claims, "issued in the future")
    if claims.expires_at <= now:
        return Verification(Verdict.EXPIRED, claims)
    if is_revoked is not None and is_revoked(claims):
        return Verification(Verdict.REVOKED, claims)
    return Verification(Verdict.VALID, claims)


def _void(own: Iterable[TrustEntry], now: datetime) -> Verification:
    """Why no key of the region's own holds. Of what a revoked key signed nothing is told: anybody may have."""
    if any(entry.is_revoked(now) for entry in own):
        return Verification(Verdict.REVOKED, detail="the key that signed it is revoked, and so is all that it signed")
    return Verification(Verdict.UNKNOWN_ISSUER, detail="the key was not yet or is no longer good")


def _claims(payload: bytes) -> Claims:
    cwt = strict_cbor(payload)
    if not isinstance(cwt, dict):
        raise Malformed("the payload is no map of claims")
    return from_cwt(cwt)
