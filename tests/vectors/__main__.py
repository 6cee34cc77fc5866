"""Writes tests/vectors/credential.json anew: `python -m tests.vectors`. Both verifiers read it, Python's and the web's.

The keys in it are for tests alone, made from small numbers that everybody knows: believe nothing that they sign.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from healthcode.credential import (
    Claims,
    CredentialKind,
    Delta,
    Es256Key,
    StatusList,
    StatusReference,
    TrustedRegion,
    TrustEntry,
    TrustList,
    Usage,
    Verdict,
    encode,
    place_of,
    show,
    sign_delta,
    sign_list,
    sign_trust,
)
from healthcode.credential.proof import NO_PLACE
from healthcode.values import Status
from tests.vectors.documents import documents
from tests.vectors.odd import odd_cases

FILE: Final = Path(__file__).with_name("credential.json")
NOW: Final = datetime(2020, 2, 11, 8, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SIZE: Final = 1 << 12
PLACE: Final = StatusReference(index=77, list_id="20200211-0")
REVOKED: Final = replace(PLACE, index=78)
REVOKED_SINCE: Final = replace(PLACE, index=79)
CHALLENGE: Final = "HP1:gate 7 at 08:00"


def key_of(number: int) -> Es256Key:
    """A key for tests."""
    return Es256Key(ec.derive_private_key(number, ec.SECP256R1()))


NATION, ISSUER, LISTS, DEVICE, OTHER, SUSPENDED, BEFORE, LOST = (key_of(0x7E57 + n) for n in range(8))


def point(key: Es256Key) -> bytes:
    """The public half as 65 bytes."""
    return key.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def entry(key: Es256Key, region: str, *usages: Usage) -> TrustEntry:
    """A key that is good for two months."""
    return TrustEntry(
        kid=key.kid,
        public_key=key.public_key,
        region=region,
        not_before=NOW - 30 * DAY,
        not_after=NOW + 30 * DAY,
        usages=frozenset(usages),
    )


def trust(as_of: datetime) -> bytes:
    """Two regions, one of them suspended."""
    entries = [
        entry(ISSUER, "330000", Usage.CREDENTIAL),
        entry(LISTS, "330000", Usage.STATUS_LIST),
        replace(entry(BEFORE, "330000", Usage.CREDENTIAL), signs_until=NOW - DAY),
        replace(entry(LOST, "330000", Usage.CREDENTIAL), revoked_at=NOW - MINUTE),
        entry(SUSPENDED, "420000", Usage.CREDENTIAL, Usage.STATUS_LIST),
    ]
    regions = [
        TrustedRegion(code="330000", lists="https://330000.example/v1/status-lists/{id}"),
        TrustedRegion(code="420000", suspended_since=NOW - DAY),
    ]
    return sign_trust(TrustList(entries, regions, sequence=3), as_of, NATION)


def lists() -> tuple[StatusList, Delta]:
    """One as it was, and what is new."""
    whole = StatusList.of("330000", PLACE.list_id, [REVOKED.index], SIZE, 4, NOW)
    newly = Delta(issuer="330000", list_id=PLACE.list_id, since=4, version=5, as_of=NOW, newly=(REVOKED_SINCE.index,))
    return whole, newly


def claims(**changes: Any) -> Claims:
    """Of a green code in an app."""
    usual: dict[str, Any] = {
        "issuer": "330000",
        "issued_at": NOW - DAY / 4,
        "expires_at": NOW + DAY / 2,
        "credential_id": bytes(range(16)),
        "status": Status.LOW,
        "since": NOW - 3 * DAY,
        "region": "330000",
        "status_list": PLACE,
        "holder_key": point(DEVICE),
    }
    return Claims(**usual | changes)


def live(text: str, at: datetime = NOW, place: bytes = NO_PLACE, by: Es256Key = DEVICE) -> str:
    """A code as a device shows it."""
    return show(text, int(at.timestamp()), by.sign, place)


def cases() -> Iterator[dict[str, Any]]:
    """What is scanned, when, and what is to be answered. Times are those of NOW unless they are named."""
    green = encode(claims(), ISSUER)
    paper = {"kind": CredentialKind.PAPER, "masked_name": "王*", "id_tail": "2X", "holder_key": None}
    old_paper = encode(claims(**paper, issued_at=NOW - 8 * DAY), ISSUER)
    yield case("green, shown live", live(green), "valid", act="may_enter")
    for status, act in ((Status.MEDIUM, "home_isolation"), (Status.HIGH, "central_isolation")):
        text = encode(claims(status=status, until=NOW + 7 * DAY), ISSUER)
        yield case(f"status {status}", live(text), "valid", act=act)
    yield case("a line break behind it", live(green) + "\r\n", "valid", act="may_enter")
    yield case("as old as it may be", live(green, NOW - MINUTE), "valid", act="may_enter")
    yield case("a second older", live(green, NOW - MINUTE - timedelta(seconds=1)), "not_fresh")
    yield case("a picture of two hours ago", live(green, NOW - DAY / 12), "not_fresh")
    yield case("no proof", green, "not_fresh")
    yield case("another device's proof", live(green, by=OTHER), "not_fresh")
    other = encode(claims(credential_id=bytes(16)), ISSUER)
    yield case("the proof of another credential", live(green)[: -len(green)] + other, "not_fresh")
    yield case("a credential without a holder's key", live(encode(claims(holder_key=None), ISSUER)), "not_fresh")
    yield case("a device a minute ahead", live(green, NOW + MINUTE), "valid", act="may_enter")
    yield case("a device further ahead", live(green, NOW + MINUTE + timedelta(seconds=1)), "clock_ahead")
    ahead = encode(claims(issued_at=NOW + 2 * MINUTE), ISSUER)
    yield case("issued in the future", live(ahead), "clock_ahead")
    challenge = place_of(CHALLENGE)
    yield case("the gate's challenge", live(green, place=challenge), "valid", act="may_enter", challenge=CHALLENGE)
    yield case("no challenge where one is due", live(green), "not_fresh", challenge=CHALLENGE)
    another = live(green, place=place_of("another"))
    yield case("another gate's challenge", another, "not_fresh", challenge=CHALLENGE)
    yield case("paper", encode(claims(**paper), ISSUER), "valid", act="may_enter")
    yield case("paper that is too old here", old_paper, "expired")
    yield case("expired", live(encode(claims(expires_at=NOW), ISSUER)), "expired")
    yield case("revoked", live(encode(claims(status_list=REVOKED), ISSUER)), "revoked")
    yield case("revoked by the delta", live(encode(claims(status_list=REVOKED_SINCE), ISSUER)), "revoked")
    yield from stale()
    yield from untrusted()
    yield from broken(green)
    for name, text, verdict in odd_cases(claims(), claims(**paper), ISSUER, live):
        yield case(name, text, verdict, **({"act": "may_enter"} if verdict == "valid" else {}))


def stale() -> Iterator[dict[str, Any]]:
    """A verifier that was long away."""
    late = NOW + DAY + MINUTE
    long = encode(claims(expires_at=NOW + 20 * DAY), ISSUER)
    yield case("lists of yesterday", live(long, late), "stale_verifier", now=late)
    revoked = encode(claims(expires_at=NOW + 20 * DAY, status_list=REVOKED), ISSUER)
    yield case("revoked by lists of yesterday", live(revoked, late), "revoked", now=late)
    later = NOW + 7 * DAY + MINUTE
    yield case("a trust list of last week", live(long, later), "stale_verifier", now=later)
    for name, place in (
        ("no place in a list", None),
        ("a place beyond the list's end", replace(PLACE, index=SIZE)),
        ("a list that is not there", replace(PLACE, list_id="20200212-0")),
    ):
        yield case(name, live(encode(claims(status_list=place), ISSUER)), "stale_verifier")


def untrusted() -> Iterator[dict[str, Any]]:
    """Signed by the wrong one."""
    yield case("a key that nobody knows", live(encode(claims(), OTHER)), "unknown_issuer")
    forger = key_of(0xBAD)
    forger.kid = ISSUER.kid
    yield case("forged under a known key's id", live(encode(claims(), forger)), "bad_signature")
    yield case("a key for lists", live(encode(claims(), LISTS)), "unknown_issuer")
    yield case("another region's name", live(encode(claims(issuer="420000"), ISSUER)), "unknown_issuer")
    suspended = encode(claims(issuer="420000", region="420000"), SUSPENDED)
    yield case("a suspended region", live(suspended), "suspended_issuer")
    early = encode(claims(issued_at=NOW - 31 * DAY), ISSUER)
    yield case("issued before its key was good", live(early), "unknown_issuer")
    yield from of_changed_keys()


def of_changed_keys() -> Iterator[dict[str, Any]]:
    """One key signs no more, one is revoked."""
    old, long = {"issued_at": NOW - 2 * DAY}, {"expires_at": NOW + 40 * DAY}
    yield case("of a key that signed until yesterday", live(encode(claims(**old), BEFORE)), "valid", act="may_enter")
    at_its_end = encode(claims(issued_at=NOW - DAY), BEFORE)
    yield case("signed when it signed no more", live(at_its_end), "unknown_issuer")
    late = NOW + 30 * DAY
    yield case(
        "when it is believed no more", live(encode(claims(**old, **long), BEFORE), late), "stale_verifier", now=late
    )
    yield case("of a revoked key", live(encode(claims(**old), LOST)), "revoked")
    ahead = encode(claims(issued_at=NOW + DAY, **long), LOST)
    yield case("of a revoked key, in the future", live(ahead), "revoked")
    before = NOW - 2 * MINUTE
    yield case("before it was revoked", live(encode(claims(**old), LOST), before), "valid", act="may_enter", now=before)


def broken(green: str) -> Iterator[dict[str, Any]]:
    """No credential."""
    for name, text in (
        ("nothing", ""),
        ("an address", "https://example.org/"),
        ("a prefix", "HC1:"),
        ("a proof alone", live(green)[: -len(green)]),
        ("a proof cut short", "HK1:ABC" + green),
        ("lower case", green.lower()),
        ("cut short", green[:-3]),
        ("a character too many", green + "0"),
        ("too long", "HC1:" + "0" * 4000),
        ("the EU's prefix twice", "HC1:" + green),
    ):
        yield case(name, text, "malformed")


def case(name: str, text: str, verdict: str, **more: Any) -> dict[str, Any]:
    """One scan."""
    now: datetime = more.pop("now", NOW)
    return {"name": name, "text": text, "now": int(now.timestamp()), "verdict": verdict, **more}


def document() -> dict[str, Any]:
    """All of it."""
    whole, newly = lists()
    secret = DEVICE._private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return {
        "about": "For tests alone. The private key is public: believe nothing that any of these keys sign.",
        "anchor": point(NATION).hex(),
        "trust_list": trust(NOW).hex(),
        "status_list": sign_list(whole, LISTS).hex(),
        "delta": sign_delta(newly, LISTS).hex(),
        "issuer_kid": ISSUER.kid.hex(),
        "test_only_device_key_pkcs8": secret.hex(),
        "verdicts": {verdict: {"zh": verdict.zh, "en": verdict.en} for verdict in Verdict},
        "cases": list(cases()),
        "documents": [
            {"name": name, "kind": kind, "outcome": outcome, "data": data.hex()}
            for name, kind, outcome, data in documents(NATION, LISTS, ISSUER, point(OTHER), int(NOW.timestamp()))
        ],
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(document(), ensure_ascii=False, indent=1) + "\n", "utf-8")
