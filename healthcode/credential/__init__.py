"""The credential in a QR code: an HCERT container that verifies with no server. docs/credential.md has the bytes."""

from healthcode.credential.algorithms import ES256
from healthcode.credential.check import Answer, Checker
from healthcode.credential.claims import Claims, CredentialKind, StatusReference
from healthcode.credential.container import MAX_COSE_BYTES, MAX_TEXT, PREFIX, Malformed
from healthcode.credential.devices import Gate, gate_of, gate_of_answer, gate_of_problem, status_of_gate
from healthcode.credential.encode import encode
from healthcode.credential.keys import Es256Key, SigningKey, key_id
from healthcode.credential.live import shown_live
from healthcode.credential.policy import CheckPolicy
from healthcode.credential.proof import place_of, show, split
from healthcode.credential.sealed import NotTrusted
from healthcode.credential.status_list import Delta, Gap, StatusList, read_delta, read_list, sign_delta, sign_list
from healthcode.credential.trust import TrustedRegion, TrustEntry, TrustList, Usage, anchored
from healthcode.credential.trust_list import Older, read_trust, sign_trust
from healthcode.credential.verify import Verdict, Verification, verify

__all__ = [
    "ES256",
    "MAX_COSE_BYTES",
    "MAX_TEXT",
    "PREFIX",
    "Answer",
    "CheckPolicy",
    "Checker",
    "Claims",
    "CredentialKind",
    "Delta",
    "Es256Key",
    "Gap",
    "Gate",
    "Malformed",
    "NotTrusted",
    "Older",
    "SigningKey",
    "StatusList",
    "StatusReference",
    "TrustEntry",
    "TrustList",
    "TrustedRegion",
    "Usage",
    "Verdict",
    "Verification",
    "anchored",
    "encode",
    "gate_of",
    "gate_of_answer",
    "gate_of_problem",
    "key_id",
    "place_of",
    "read_delta",
    "read_list",
    "read_trust",
    "show",
    "shown_live",
    "sign_delta",
    "sign_list",
    "sign_trust",
    "split",
    "status_of_gate",
    "verify",
]
