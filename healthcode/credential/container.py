"""The layers around the claims: `HC1:`, base45, zlib, COSE_Sign1. Nothing here knows a key or what a claim means."""

import zlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import base45
import cbor2

from healthcode.credential.algorithms import ALGORITHMS
from healthcode.credential.heads import pairs_in

PREFIX: Final = "HC1:"
# A credential is some 300 bytes and 420 characters. What is far bigger is none, and is refused before it costs memory.
MAX_TEXT: Final = 2048
MAX_COSE_BYTES: Final = 2048
# A status list of 2^20 bits is 131 kB at worst; a trust list of every region some kB.
MAX_DOCUMENT_BYTES: Final = 4 << 20

_ALG: Final = 1
_KID: Final = 4
_TYPE: Final = 16
_SIGN1: Final = 18
_TAGS: Final = frozenset({_SIGN1})
_MAX_KID_BYTES: Final = 32
_ZLIB_BEST: Final = 9
_MOST_NESTED: Final = 16
# What a browser holds exactly: the verifier in it has to read the same numbers.
_MOST_NUMBER: Final = (1 << 53) - 1


class Malformed(ValueError):  # noqa: N818 - the word of the vocabulary, DESIGN section 6
    """A text that is no credential."""


class Sign1(NamedTuple):
    """The parts of a COSE_Sign1 message (RFC 9052). Nothing in it is to be believed before its signature is checked."""

    protected: bytes
    algorithm: int
    kid: bytes
    payload: bytes
    signature: bytes


def protect(kid: bytes, algorithm: int, kind: str | None = None) -> bytes:
    """Return the encoded protected header; `kind` is the type of a document (RFC 9596), credentials have none."""
    return cbor2.dumps({_ALG: algorithm, _KID: kid} | ({} if kind is None else {_TYPE: kind}))


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """Return the bytes that a signature is over: the Sig_structure of RFC 9052 section 4.4."""
    return cbor2.dumps(["Signature1", protected, b"", payload])


def pack(protected: bytes, payload: bytes, signature: bytes) -> str:
    """Return the text for the QR code."""
    encoded: bytes = base45.b45encode(zlib.compress(wrap(protected, payload, signature), _ZLIB_BEST))
    return PREFIX + encoded.decode("ascii")


def wrap(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Return the tagged COSE_Sign1 message."""
    return cbor2.dumps(cbor2.CBORTag(_SIGN1, [protected, {}, payload, signature]))


def unpack(text: str) -> Sign1:
    """Take a text apart into the signed parts.

    Raises Malformed for every text that `pack` would not have made of some message, up to the freedom of zlib.
    """
    return parse(inflated(_unbase45(text), MAX_COSE_BYTES))


def parse(data: bytes, kind: str | None = None) -> Sign1:
    """Take a COSE_Sign1 message apart, whose header names exactly that type. Raises Malformed."""
    message = strict_cbor(data)
    if not isinstance(message, cbor2.CBORTag) or message.tag != _SIGN1:
        raise Malformed("not a tagged COSE_Sign1 message")
    match message.value:
        case [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)]:
            algorithm, kid = _header(protected, kind)
            if unprotected or len(signature) != ALGORITHMS[algorithm].signature_bytes:
                raise Malformed("an unprotected header or a signature of the wrong length")
            return Sign1(protected, algorithm, kid, payload, signature)
        case _:
            raise Malformed("not the four parts of COSE_Sign1")


def inflated(data: bytes, most: int) -> bytes:
    """What was compressed; the limit acts while unzipping. Raises Malformed."""
    stream = zlib.decompressobj()
    try:
        whole = stream.decompress(data, most)
    except zlib.error as error:
        raise Malformed("not zlib") from error
    if not stream.eof or stream.unused_data or stream.unconsumed_tail:
        raise Malformed("too big when decompressed, cut short, or with something behind it")
    return whole


def strict_cbor(data: bytes) -> Any:
    """Decode CBOR in preferred serialization, without repeated keys, indefinite lengths or anything left over.

    Raises Malformed. Two readers of one message can then not understand different things: what does not encode back to
    the same bytes is refused, and so is what not every reader has: floats, numbers beyond 2^53, tags but
    COSE_Sign1's around it all, keys that are no numbers or texts, more than 16 levels. Order of keys is free.
    """
    try:
        pairs_in(data, _TAGS, _MOST_NESTED + 1)
        value = cbor2.loads(data)
        same = cbor2.dumps(value) == data
    except Exception as error:
        # Decoders of tags that nobody asked for raise anything at all.
        raise Malformed("not CBOR") from error
    if not same:
        raise Malformed("CBOR that could be read in two ways")
    inner = _thawed(value.value if isinstance(value, cbor2.CBORTag) else value, _MOST_NESTED)
    if not _is_plain(inner, _MOST_NESTED):
        raise Malformed("CBOR that is no plain data")
    return cbor2.CBORTag(value.tag, inner) if isinstance(value, cbor2.CBORTag) else inner


def _thawed(value: Any, room: int) -> Any:
    """Tuples as lists and read-only maps as dicts: from version 6 on cbor2 makes these within a tag."""
    if room > 0 and type(value) in (tuple, list):
        return [_thawed(each, room - 1) for each in value]
    if room > 0 and isinstance(value, Mapping):
        return {key: _thawed(each, room - 1) for key, each in value.items()}
    return value


def _is_plain(value: Any, room: int) -> bool:
    kind = type(value)
    if kind is int:
        return bool(-_MOST_NUMBER <= value <= _MOST_NUMBER)
    if kind is dict:
        return room > 0 and all(
            type(key) in (int, str) and _is_plain(key, 0) and _is_plain(inner, room - 1) for key, inner in value.items()
        )
    if kind is list:
        return room > 0 and all(_is_plain(inner, room - 1) for inner in value)
    return value is None or kind in (bool, bytes, str)


def _header(protected: bytes, kind: str | None) -> tuple[int, bytes]:
    wanted = {} if kind is None else {_TYPE: kind}
    match strict_cbor(protected):
        case {1: int(algorithm), 4: bytes(kid), **others} if others == wanted and algorithm in ALGORITHMS:
            if not 0 < len(kid) <= _MAX_KID_BYTES:
                raise Malformed("a key id of a wrong length")
            return algorithm, kid
        case _:
            raise Malformed(f"a protected header other than an algorithm, a key id and {kind or 'no type'}")


def _unbase45(text: str) -> bytes:
    if len(text) > MAX_TEXT:
        raise Malformed("too long")
    # Scanners end what they type with a line break. Spaces stay: base45 uses them.
    body = text.rstrip("\r\n")
    if not body.startswith(PREFIX):
        raise Malformed("does not begin with HC1:")
    try:
        data: bytes = base45.b45decode(body[len(PREFIX) :])
    except ValueError as error:
        raise Malformed("not base45") from error
    return data
