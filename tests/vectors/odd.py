"""Vectors that no issuer of ours makes: signed by a trusted key all the same, and written as only an attacker would."""

import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import base45
import cbor2

from healthcode.credential import PREFIX, Claims, Es256Key
from healthcode.credential.container import protect, to_be_signed, wrap
from healthcode.credential.cwt import HCERT, HEALTH_CODE, to_cwt

Case = tuple[str, str, str]
Named = tuple[str, bytes]
LATER: Final = -70001


def text_of(message: bytes) -> str:
    """Any bytes in the layers of a code."""
    return raw(zlib.compress(message, 9))


def raw(compressed: bytes) -> str:
    """What is, or is not, compressed."""
    return PREFIX + str(base45.b45encode(compressed), "ascii")


def signed(key: Es256Key, payload: bytes, header: bytes | None = None) -> bytes:
    """A message of any payload and header."""
    protected = protect(key.kid, key.algorithm) if header is None else header
    return wrap(protected, payload, key.sign(to_be_signed(protected, payload)))


def with_bytes(cwt: dict[int, Any], written: bytes) -> bytes:
    """A payload with a claim more, written by hand."""
    payload = cbor2.dumps(cwt)
    return bytes([payload[0] + 1]) + payload[1:] + written


def odd_cases(green: Claims, paper: Claims, issuer: Es256Key, live: Callable[[str], str]) -> Iterator[Case]:
    """Name, text, verdict."""
    cwt, on_paper = to_cwt(green), to_cwt(paper)
    for name, verdict, payload in payloads(cwt):
        yield name, live(text_of(signed(issuer, payload))), verdict
    for name, changed in changes(cwt):
        yield name, live(text_of(signed(issuer, cbor2.dumps(changed)))), "malformed"
    for name, verdict, written in (
        ("a masked name of 64 characters", "valid", own(on_paper, {6: "𠮷" * 63 + "*"})),
        ("a masked name of 65", "malformed", own(on_paper, {6: "𠮷" * 64 + "*"})),
        ("a name without a mask", "malformed", own(on_paper, {6: "王一"})),
        ("an id tail of three", "malformed", own(on_paper, {7: "12X"})),
    ):
        yield name, text_of(signed(issuer, cbor2.dumps(written))), verdict
    for name, message in messages(cbor2.dumps(cwt), issuer):
        yield name, live(text_of(message)), "malformed"
    for name, compressed in streams(signed(issuer, cbor2.dumps(cwt))):
        yield name, live(raw(compressed)), "malformed"
    forged = wrap(protect(issuer.kid, issuer.algorithm), cbor2.dumps(cwt), bytes(64))
    yield "a signature of nothing", live(text_of(forged)), "bad_signature"


def payloads(cwt: dict[int, Any]) -> Iterator[tuple[str, str, bytes]]:
    """Name, verdict, payload."""
    later = cbor2.dumps(LATER)
    for name, value in (
        ("a text", "later"),
        ("the greatest number", 2**53 - 1),
        ("the least number", 1 - 2**53),
        ("nothing, and yes and no", [None, True, False]),
        ("a map of maps", {"a": {1: [b"bytes"]}}),
        ("a byte order mark", "\ufeff"),
    ):
        yield f"a later claim: {name}", "valid", with_bytes(cwt, later + cbor2.dumps(value))
    nested = b"\x81" * 15 + b"\x00"
    yield "a later claim: nested sixteen deep", "valid", with_bytes(cwt, later + nested)
    for name, written in (
        ("nested deeper", b"\x81" + nested),
        ("a number beyond", cbor2.dumps(2**53)),
        ("a number below", cbor2.dumps(-(2**53))),
        ("a big number", cbor2.dumps(2**64)),
        ("a float", cbor2.dumps(1.5)),
        ("a half float", b"\xf9\x7e\x00"),
        ("undefined", b"\xf7"),
        ("a simple value", b"\xe0"),
        ("a tag", b"\xd9\x03\xe7\x00"),
        ("a date", b"\xc0\x742020-02-11T08:00:00Z"),
        ("a key that is bytes", b"\xa1\x41\x01\x00"),
        ("a key that is true", b"\xa1\xf5\x00"),
        ("a text that is no UTF-8", b"\x62\xc3\x28"),
        ("half of a surrogate pair", b"\x63\xed\xa0\x80"),
        ("of an indefinite length", b"\x9f\xff"),
        ("padded", b"\x18\x01"),
        ("padded to eight bytes", b"\x1b\x00\x00\x00\x00\xff\xff\xff\xff"),
        ("bytes without end", b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("a list without end", b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff"),
        ("something behind", b"\x00\x00"),
    ):
        yield f"a later claim: {name}", "malformed", with_bytes(cwt, later + written)
    yield "a claim said twice", "malformed", with_bytes(cwt, b"\x01\x66330000")
    yield "a key within said twice", "malformed", with_bytes(cwt, later + b"\xa2\x61a\x00\x61a\x00")
    yield "no map", "malformed", cbor2.dumps([cwt])
    yield "a tagged map", "malformed", cbor2.dumps(cbor2.CBORTag(61, cwt))
    yield "no payload", "malformed", b""


def own(cwt: dict[int, Any], more: dict[Any, Any]) -> dict[int, Any]:
    """With other values in our map."""
    return cwt | {HCERT: {HEALTH_CODE: cwt[HCERT][HEALTH_CODE] | more}}


def changes(cwt: dict[int, Any]) -> Iterator[tuple[str, dict[int, Any]]]:
    """Good claims with one that is missing or wrong."""
    for claim, name in ((1, "issuer"), (4, "end"), (6, "issue"), (7, "id"), (HCERT, "content")):
        yield f"no {name}", {key: value for key, value in cwt.items() if key != claim}
    ours: dict[str, dict[int, Any]] = {
        "yes for a kind": {5: True},
        "a third kind": {5: 2},
        "a kind below": {5: -1},
        "grey": {1: "grey"},
        "a status that is none": {1: "11"},
        "a name in an app": {6: "王*"},
        "an end that is nothing": {3: None},
        "an end before 1970": {3: -1},
        "an end after all years": {3: 253402300800},
        "a region of seventeen": {4: "A" * 17},
        "a region with a line break": {4: "330000\n"},
    }
    yield from ((name, own(cwt, more)) for name, more in ours.items())
    others: dict[str, dict[int, Any]] = {
        "an id of fifteen bytes": {7: bytes(15)},
        "an end before the issue": {4: 1},
        "a place in a list beyond 32 bits": {65535: {"status_list": {"idx": 2**32, "uri": "a"}}},
        "a place below": {65535: {"status_list": {"idx": -1, "uri": "a"}}},
        "a list of an odd name": {65535: {"status_list": {"idx": 1, "uri": "a/b"}}},
        "a holder's key off the curve": {8: {1: {1: 2, -1: 1, -2: bytes(32), -3: b"\x01" * 32}}},
        "a holder's key of nothing": {8: {1: {1: 2, -1: 1, -2: bytes(32), -3: bytes(32)}}},
        "a holder's key that is short": {8: {1: {1: 2, -1: 1, -2: bytes(31), -3: bytes(32)}}},
        "a holder's key of another curve": {8: {1: {1: 2, -1: 2, -2: bytes(32), -3: bytes(32)}}},
    }
    yield from ((name, cwt | more) for name, more in others.items())


def messages(payload: bytes, key: Es256Key) -> Iterator[Named]:
    """Other messages than ours."""
    for name, header in (
        ("another algorithm", {1: -35, 4: key.kid}),
        ("a key for secrets", {1: 5, 4: key.kid}),
        ("no algorithm", {4: key.kid}),
        ("no key id", {1: -7}),
        ("a key id of nothing", {1: -7, 4: b""}),
        ("a key id of 33 bytes", {1: -7, 4: bytes(33)}),
        ("a header more", {1: -7, 4: key.kid, 2: [4]}),
        ("the type of a document", {1: -7, 4: key.kid, 16: "application/statuslist+cwt"}),
    ):
        yield name, signed(key, payload, cbor2.dumps(header))
    good = cbor2.loads(signed(key, payload)).value
    for name, value in (
        ("a message without its tag", good),
        ("a message of many signers", cbor2.CBORTag(98, good)),
        ("a message in a CWT's tag", cbor2.CBORTag(61, cbor2.CBORTag(18, good))),
        ("a header outside", cbor2.CBORTag(18, [good[0], {4: key.kid}, *good[2:]])),
        ("five parts", cbor2.CBORTag(18, [*good, b""])),
        ("three parts", cbor2.CBORTag(18, good[:3])),
        ("a signature cut short", cbor2.CBORTag(18, [*good[:3], good[3][:63]])),
    ):
        yield name, cbor2.dumps(value)
    yield "something behind the message", signed(key, payload) + b"\x00"


def streams(message: bytes) -> Iterator[Named]:
    """Other streams than zlib's whole one."""
    whole = zlib.compress(message, 9)
    yield "something behind the stream", whole + b"\x00"
    yield "a stream behind the stream", whole + zlib.compress(b"")
    yield "a stream cut short", whole[:-1]
    yield "a wrong checksum", whole[:-1] + bytes([whole[-1] ^ 1])
    yield "a stream without its head", whole[2:-4]
    yield "a bomb", zlib.compress(bytes(1_000_000), 9)
    yield "a message of 2049 bytes", zlib.compress(bytes(2049), 9)
    yield "not compressed", message
