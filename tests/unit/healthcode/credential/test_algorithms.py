"""The seam for another algorithm, as SM2 with SM3: one entry, and nothing of the one passes for the other."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from healthcode.credential import Es256Key, TrustEntry, TrustList, Verdict, encode, verify
from healthcode.credential.algorithms import ALGORITHMS, Algorithm, ecdsa
from healthcode.credential.keys import key_id
from tests.unit.healthcode.credential.conftest import NOW, MakeClaims

ES384 = -35
HALF = 48


class Es384Key:
    """Another kind of key, behind the same port as one in a hardware module."""

    algorithm = ES384

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP384R1())
        self.public_key = self._private.public_key()
        self.kid = key_id(self.public_key)

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._private.sign(message, ec.ECDSA(hashes.SHA384())))
        return r.to_bytes(HALF, "big") + s.to_bytes(HALF, "big")


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ALGORITHMS, ES384, Algorithm("ES384", "P-384", "secp384r1", 96, ecdsa(hashes.SHA384())))


@pytest.mark.usefixtures("second")
def test_a_second_algorithm_is_one_entry(make_claims: MakeClaims, entry: TrustEntry) -> None:
    key = Es384Key()
    theirs = replace(entry, kid=key.kid, public_key=key.public_key, algorithm=ES384)
    assert verify(encode(make_claims(), key), TrustList([theirs]), NOW).verdict is Verdict.VALID


def test_without_its_entry_it_is_not_even_signed(make_claims: MakeClaims) -> None:
    with pytest.raises(ValueError, match=r"-35 is not accepted: only ES256 \(-7\)"):
        encode(make_claims(), Es384Key())


@pytest.mark.usefixtures("second")
def test_a_key_counts_for_its_own_algorithm_alone(make_claims: MakeClaims, entry: TrustEntry) -> None:
    with pytest.raises(ValueError, match="P-384"):
        replace(entry, algorithm=ES384)
    liar = Es256Key.generate()
    theirs = replace(entry, kid=liar.kid, public_key=liar.public_key)
    liar.algorithm = ES384
    short = verify(encode(make_claims(), liar), TrustList([theirs]), NOW)
    assert short.verdict is Verdict.MALFORMED, "64 bytes are no signature of that algorithm"
    padded = Es384Key()
    padded.kid = liar.kid
    assert verify(encode(make_claims(), padded), TrustList([theirs]), NOW).verdict is Verdict.BAD_SIGNATURE
