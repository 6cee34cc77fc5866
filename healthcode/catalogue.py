"""The national catalogue as a document: what the nation signs of it, and how its regions stand in time.

    {"version": 7, "regions": [{"code": "460000", "valid_from": …, "valid_until": …,
       "joined": {"at": …, "act": …}, "suspensions": [{"from": …, "until": …, "reason": …, "act": …}],
       "left": {"at": …, "reason": …, "act": …}, "speaks": [1], …}], "signature": {"kid": …, "value": …}}

`act` is the proposal by which two officers decided so. The signature is ES256 by the nation's key for trust lists over
`hc-catalogue-1`, a zero byte, and version and regions as JSON with sorted keys, no white space, in UTF-8.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from healthcode.credential.algorithms import ALGORITHMS
from healthcode.credential.keys import SigningKey, key_id
from healthcode.credential.trust import TrustedRegion

CONTEXT: Final = b"hc-catalogue-1\0"
SIGNED: Final = ("version", "regions")
SPOKEN: Final = 1
"""The version of messages between regions that these programs speak; what a region speaks is in `speaks`."""


class NotTheNations(ValueError):  # noqa: N818 - names the state
    """A catalogue that the nation has not signed, or an older one than was seen; the text says which."""


class Suspension(NamedTuple):
    """From when and, if that is decided, until when a region does not count, and why."""

    since: datetime
    until: datetime | None
    reason: str

    def holds(self, now: datetime) -> bool:
        """Whether it does, at a time."""
        return self.since <= now and (self.until is None or now < self.until)


def sign_catalogue(document: Mapping[str, Any], key: SigningKey) -> dict[str, Any]:
    """The document with its next version, under the nation's signature."""
    signed = {"version": int(document.get("version", 0)) + 1, "regions": document["regions"]}
    value = base64.urlsafe_b64encode(key.sign(_signed(signed))).decode()
    return {**signed, "signature": {"kid": key.kid.hex(), "value": value}}


class CatalogueReader:
    """Reads catalogues: what the nation signed, and never one older than the last."""

    def __init__(self, anchor: bytes | None) -> None:
        """`anchor`: the nation's public key, PEM; without one nothing is checked. Raises ValueError for no key."""
        key = None if anchor is None else load_pem_public_key(anchor)
        if key is not None and not isinstance(key, ec.EllipticCurvePublicKey):
            raise ValueError("the anchor of the catalogue is no key on P-256")
        self._anchor = key
        self._seen = 0

    def __call__(self, data: bytes) -> dict[str, Any]:
        """The document. Raises NotTheNations, and ValueError for what is no JSON object."""
        document = json.loads(data)
        if not isinstance(document, dict) or not isinstance(document.get("regions"), list):
            raise ValueError("a catalogue is an object with a list `regions`")  # noqa: TRY004 - one kind for all
        if self._anchor is not None:
            _check(document, self._anchor)
            if document["version"] < self._seen:
                raise NotTheNations(f"version {document['version']} is older than {self._seen}, which was seen")
            self._seen = document["version"]
        return document


def suspension_of(region: Mapping[str, Any]) -> Suspension | None:
    """The last suspension of a region's entry, over or not. Raises ValueError for one that cannot be read."""
    found = region.get("suspensions") or ()
    try:
        all_of = [Suspension(_time(each["from"]), _until(each), str(each.get("reason", ""))) for each in found]
    except (KeyError, TypeError, AttributeError) as fault:
        raise ValueError(f"{region.get('code')}: a suspension needs `from` ({type(fault).__name__})") from None
    return max(all_of, default=None, key=lambda each: each.since)


def trusted_regions(document: Mapping[str, Any]) -> list[TrustedRegion]:
    """The regions for a trust list, with their suspensions. Raises ValueError."""
    regions: dict[str, TrustedRegion] = {}
    for each in document.get("regions", ()):
        last = suspension_of(each)
        if each["code"] not in regions or last is not None:
            regions[each["code"]] = TrustedRegion(
                code=each["code"],
                suspended_since=last.since if last else None,
                suspended_until=last.until if last else None,
            )
    return list(regions.values())


def _check(document: Mapping[str, Any], anchor: ec.EllipticCurvePublicKey) -> None:
    signature = document.get("signature")
    version = document.get("version")
    if not isinstance(signature, dict) or not isinstance(version, int):
        raise NotTheNations("the catalogue is not signed by the nation")
    try:
        value = base64.urlsafe_b64decode(str(signature.get("value", "")))
    except (binascii.Error, ValueError):
        value = b""
    kind = next(iter(ALGORITHMS.values()))
    right = signature.get("kid") == key_id(anchor).hex() and len(value) == kind.signature_bytes
    if not right or not kind.holds(anchor, _signed(document), value):
        raise NotTheNations("the catalogue's signature is not the nation's: its content was changed, or another signed")


def _signed(document: Mapping[str, Any]) -> bytes:
    content = {name: document[name] for name in SIGNED}
    return CONTEXT + json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _until(suspension: Mapping[str, Any]) -> datetime | None:
    return None if suspension.get("until") is None else _time(suspension["until"])


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone")
    return time


def acts_in(document: Mapping[str, Any]) -> set[str]:
    """The proposals that are carried out in a document."""
    found: set[str] = set()
    for region in document.get("regions", ()):
        dated = [region.get("joined"), region.get("left"), *region.get("suspensions", ())]
        for each in dated:
            if isinstance(each, dict):
                found |= {str(each[name]) for name in ("act", "ended_by") if each.get(name)}
    return found
