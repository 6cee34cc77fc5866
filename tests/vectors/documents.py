"""Vectors of signed documents: which are read, and why the others are not."""

import zlib
from collections.abc import Iterator
from typing import Any, Final

import cbor2

from healthcode.credential import Es256Key
from healthcode.credential.container import protect, to_be_signed, wrap
from healthcode.credential.sealed import seal
from healthcode.credential.status_list import DELTA, FROM, FULL, NEWLY, STATUS_LIST, TO
from healthcode.credential.trust_list import KEYS, KIND, REGIONS, SEQUENCE

ISS, SUB, IAT = 1, 2, 6
Document = tuple[str, str, str, bytes]
MOST: Final = 1 << 17


def documents(nation: Es256Key, lists: Es256Key, issuer: Es256Key, point: bytes, at: int) -> Iterator[Document]:
    """Name, kind, what comes of it, bytes. Signed at `at`, of the list "a" of 330000."""
    yield from trust_lists(nation, lists, point, at)
    yield from status_lists(nation, lists, issuer, at)
    yield from deltas(lists, at)


def trust_lists(nation: Es256Key, lists: Es256Key, point: bytes, at: int) -> Iterator[Document]:
    """The nation's, and not the nation's."""
    entry = {"region": "330000", "point": point, "from": at, "until": at + 1, "usages": ["credential", "later", 7]}
    region = {"code": "330000", "lists": ""}
    good = {IAT: at, SEQUENCE: 3, REGIONS: [region], KEYS: [entry]}
    yield "with a usage of later", "trust_list", "read", seal(good, nation, KIND)
    later = good | {KEYS: [entry, {"alg": -48, "later": True}]}
    yield "with a key of an algorithm of later", "trust_list", "read", seal(later, nation, KIND)
    yield "of another key", "trust_list", "not_trusted", seal(good, lists, KIND)
    yield "of another type", "trust_list", "malformed", seal(good, nation, FULL)
    yield "of no type", "trust_list", "malformed", untyped(good, nation)
    yield "before the nation's key", "trust_list", "not_trusted", seal(good | {IAT: 1}, nation, KIND)
    yield "an older one", "trust_list", "older", seal(good | {SEQUENCE: 2}, nation, KIND)
    for name, changed in (
        ("no regions", {REGIONS: None}),
        ("a region that is a text", {REGIONS: ["330000"]}),
        ("a sequence of yes", {SEQUENCE: True}),
        ("suspended at no time", {REGIONS: [region | {"suspended": None}]}),
        ("a key off the curve", {KEYS: [entry | {"point": b"\x04" + bytes(64)}]}),
        ("a key in short form", {KEYS: [entry | {"point": b"\x02" + point[1:33]}]}),
        ("a hybrid key", {KEYS: [entry | {"point": bytes([6 + (point[-1] & 1)]) + point[1:]}]}),
        ("no key", {KEYS: [entry | {"point": b""}]}),
        ("an algorithm that is a text", {KEYS: [entry | {"alg": "ES256"}]}),
        ("signs until a text", {KEYS: [entry | {"signs": "soon"}]}),
        ("revoked at no time", {KEYS: [entry | {"revoked": None}]}),
        ("a usage that is a list", {KEYS: [entry | {"usages": [["credential"]]}]}),
        ("a key after all years", {KEYS: [entry | {"until": 253402300800}]}),
    ):
        yield name, "trust_list", "malformed", seal(good | changed, nation, KIND)


def status_lists(nation: Es256Key, lists: Es256Key, issuer: Es256Key, at: int) -> Iterator[Document]:
    """Of its issuer's key for lists, and of others."""
    lst = zlib.compress(bytes(512), 9)
    entry: dict[str, Any] = {"bits": 1, "lst": lst}
    good = {ISS: "330000", SUB: "a", IAT: at, TO: 4, STATUS_LIST: entry}
    most = {STATUS_LIST: {"bits": 1, "lst": zlib.compress(bytes(MOST), 9)}}
    yield "of no version", "status_list", "malformed", seal({k: v for k, v in good.items() if k != TO}, lists, FULL)
    yield "of 2^20 bits", "status_list", "read", seal(good | most, lists, FULL)
    yield "of another region", "status_list", "not_trusted", seal(good | {ISS: "420000"}, lists, FULL)
    yield "of a key for credentials", "status_list", "not_trusted", seal(good, issuer, FULL)
    yield "of the nation", "status_list", "not_trusted", seal(good, nation, FULL)
    yield "a delta as a list", "status_list", "malformed", seal(good, lists, DELTA)
    yield "after its key", "status_list", "not_trusted", seal(good | {IAT: at + 10**8}, lists, FULL)
    for name, changed in (
        ("two bits each", entry | {"bits": 2}),
        ("a list that is longer", {"bits": 1, "lst": zlib.compress(bytes(MOST + 1), 9)}),
        ("a list with a rest", {"bits": 1, "lst": lst + b"\x00"}),
        ("a list that is none", {"bits": 1, "lst": b"list"}),
    ):
        yield name, "status_list", "malformed", seal(good | {STATUS_LIST: changed}, lists, FULL)


def deltas(lists: Es256Key, at: int) -> Iterator[Document]:
    """Behind a list that stands at 4 and has 512 bytes."""
    good = {ISS: "330000", SUB: "a", IAT: at, FROM: 4, TO: 5, NEWLY: gaps([7, 0, 1])}
    yield "the next", "delta", "read", seal(good, lists, DELTA)
    yield "nothing new", "delta", "read", seal(good | {NEWLY: gaps([])}, lists, DELTA)
    yield "one that skips", "delta", "gap", seal(good | {FROM: 5}, lists, DELTA)
    yield "beyond the list's end", "delta", "gap", seal(good | {NEWLY: gaps([512 * 8])}, lists, DELTA)
    for name, newly in (
        ("beyond any list", gaps([1, MOST * 8 - 1])),
        ("a gap below", gaps([-1])),
        ("a gap of yes", gaps([True])),
        ("no list of gaps", gaps({1: 1})),
    ):
        yield name, "delta", "malformed", seal(good | {NEWLY: newly}, lists, DELTA)


def gaps(newly: Any) -> bytes:
    """As a delta has them."""
    return zlib.compress(cbor2.dumps(newly), 9)


def untyped(claims: dict[int, Any], key: Es256Key) -> bytes:
    """A document as if it were a credential."""
    protected, payload = protect(key.kid, key.algorithm), cbor2.dumps(claims)
    return wrap(protected, payload, key.sign(to_be_signed(protected, payload)))
