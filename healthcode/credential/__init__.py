"""The credential in a QR code: an HCERT container that verifies with no server. docs/credential.md has the bytes."""

from healthcode.credential.claims import Claims, CredentialKind, StatusReference
from healthcode.credential.container import ES256, MAX_COSE_BYTES, MAX_TEXT, PREFIX
from healthcode.credential.encode import encode
from healthcode.credential.keys import Es256Key, SigningKey, key_id
from healthcode.credential.trust import TrustEntry, TrustList, Usage
from healthcode.credential.verify import Verdict, Verification, verify

__all__ = [
    "ES256",
    "MAX_COSE_BYTES",
    "MAX_TEXT",
    "PREFIX",
    "Claims",
    "CredentialKind",
    "Es256Key",
    "SigningKey",
    "StatusReference",
    "TrustEntry",
    "TrustList",
    "Usage",
    "Verdict",
    "Verification",
    "encode",
    "key_id",
    "verify",
]
