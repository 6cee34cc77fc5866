"""What a region takes of other systems, as its foreign.yaml says it: whose keys are believed, and what facts mean.

keys: foreign-keys.json      # {"keys": [{"format": "dcc", "issuer": "DE", "kid": "…", "public_key": "…"}]}
rows: […]                    # as in healthcode.foreign.rules
otherwise: unknown
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from healthcode.foreign import dcc, shc
from healthcode.foreign.model import EVERYTHING, FactKind, Foreign, ForeignKey, ForeignKeys, PublicKey
from healthcode.foreign.rules import ForeignRules, Judged, rules_from

KEYS: Final = "keys"
LEAST_RSA_BITS: Final = 2048


class KeysError(ValueError):
    """The keys are refused; the text says which, and what to write."""


class _Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal["dcc", "shc"]
    issuer: str
    kid: str
    public_key: str
    kinds: frozenset[FactKind] = EVERYTHING


class _Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: tuple[_Key, ...]


class Read(NamedTuple):
    """A certificate whose signature holds, and what it means here."""

    certificate: Foreign
    judged: Judged


@dataclass(frozen=True)
class ForeignTable:
    """Whose certificates are read here, and by which rows they are judged."""

    keys: ForeignKeys
    rules: ForeignRules

    def read(self, code: str, now: datetime) -> Read:
        """The certificate in a QR code's text and its meaning. Raises ForeignError."""
        reads = shc.read_shc if code.startswith(shc.PREFIX) else dcc.read_dcc
        certificate = reads(code, self.keys, now)
        return Read(certificate, self.rules.judge(certificate, now))


def is_foreign(code: str) -> bool:
    """Whether a text is a certificate of another system, good or not; health codes begin with HC1: too."""
    return code.startswith(shc.PREFIX) or dcc.is_dcc(code)


def keys_file(document: Any) -> str:
    """The name of the file with the keys, beside a parsed foreign.yaml. Raises KeysError."""
    name = document.get(KEYS) if isinstance(document, Mapping) else None
    if not isinstance(name, str) or "/" in name or not name.endswith(".json"):
        raise KeysError("keys: names no file beside this one; write keys: foreign-keys.json")
    return name


def table_from(document: Mapping[str, Any], keys: bytes) -> ForeignTable:
    """The table in a parsed foreign.yaml, with the file that its `keys` names. Raises RulesError and KeysError."""
    rules = {name: value for name, value in document.items() if name != KEYS}
    return ForeignTable(keys_from(keys), rules_from(rules))


def keys_from(data: bytes) -> ForeignKeys:
    """The keys in a JSON file. Raises KeysError for the first that cannot be used."""
    try:
        read = msgspec.json.decode(data, type=_Keys)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise KeysError(str(error)) from None
    return ForeignKeys([_key(number, each) for number, each in enumerate(read.keys, 1)])


def _key(number: int, said: _Key) -> ForeignKey:
    where = f"key {number} ({said.issuer})"
    try:
        # The EU writes an id of eight bytes as base64; a card's is the text itself.
        kid = base64.b64decode(said.kid, validate=True) if said.format == "dcc" else said.kid.encode()
    except ValueError:
        raise KeysError(f"{where}: kid is not base64; copy it as the EU's list of signers has it") from None
    if not kid or not said.issuer:
        raise KeysError(f"{where}: write an issuer and a kid")
    public = _public(where, said)
    return ForeignKey(issuer=said.issuer, kid=kid, public_key=public, kinds=said.kinds)


def _public(where: str, said: _Key) -> PublicKey:
    try:
        key = load_der_public_key(base64.b64decode(said.public_key, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        raise KeysError(f"{where}: public_key is none; write the SubjectPublicKeyInfo, DER in base64") from None
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    if isinstance(key, rsa.RSAPublicKey) and said.format == "dcc" and key.key_size >= LEAST_RSA_BITS:
        return key
    raise KeysError(f"{where}: public_key must be on P-256, or for the EU's RSA of {LEAST_RSA_BITS} bits and more")
