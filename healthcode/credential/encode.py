"""Making a credential."""

import cbor2

from healthcode.credential.algorithms import ALGORITHMS
from healthcode.credential.claims import Claims
from healthcode.credential.container import pack, protect, to_be_signed
from healthcode.credential.cwt import to_cwt
from healthcode.credential.keys import SigningKey


def encode(claims: Claims, key: SigningKey) -> str:
    """Sign claims and return the text of the QR code, `HC1:…`.

    Raises ValueError for a key of an algorithm that no verifier accepts.
    """
    if key.algorithm not in ALGORITHMS:
        known = ", ".join(f"{each.name} ({number})" for number, each in ALGORITHMS.items())
        raise ValueError(f"COSE algorithm {key.algorithm} is not accepted: only {known}")
    protected = protect(key.kid, key.algorithm)
    payload = cbor2.dumps(to_cwt(claims))
    return pack(protected, payload, key.sign(to_be_signed(protected, payload)))
