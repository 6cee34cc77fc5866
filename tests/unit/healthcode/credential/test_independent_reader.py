"""What others read: the container is HCERT's, so readers that know nothing of us open it; and it fits its QR code."""

import zlib
from collections.abc import Callable

import base45
import cwt
import qrcode
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from healthcode.credential import PREFIX, Claims, CredentialKind, Es256Key, encode

MakeClaims = Callable[..., Claims]

# The proof of the holder in front of a credential that an app shows: `HK1:` and some 75 bytes in base45.
PROOF_CHARACTERS = 120
LARGEST_VERSION = 15


def qr_version(text: str) -> int:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(qrcode.util.QRData(text.encode(), mode=qrcode.util.MODE_ALPHA_NUM))
    return int(code.best_fit())


def test_an_independent_library_opens_it(make_claims: MakeClaims, key: Es256Key, holder_key: bytes) -> None:
    claims = make_claims()
    text = encode(claims, key)
    assert text.startswith(PREFIX)
    message = zlib.decompress(base45.b45decode(text.removeprefix(PREFIX)))
    pem = key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    # The reader checks expiry against its own clock, which is years past the example's.
    reader = cwt.CWT.new(leeway=10**9)
    opened = reader.decode(message, cwt.COSEKey.from_pem(pem, kid=key.kid, alg="ES256"))
    assert opened[1] == "330000"
    assert (opened[4], opened[6]) == (claims.expires_at.timestamp(), claims.issued_at.timestamp())
    assert opened[7] == claims.credential_id
    assert cwt.Claims.new(opened).cnf
    assert opened[8][1] == {1: 2, -1: 1, -2: holder_key[1:33], -3: holder_key[33:]}
    assert opened[65535] == {"status_list": {"idx": 812_345, "uri": "a7"}}
    assert opened[-260][38962][1] == "10"


def test_a_typical_credential_leaves_room_for_the_proof(make_claims: MakeClaims, key: Es256Key) -> None:
    text = encode(make_claims(), key)
    assert len(text) <= 460
    assert qr_version(text + "0" * PROOF_CHARACTERS) <= LARGEST_VERSION


def test_paper_fits_too(make_claims: MakeClaims, key: Es256Key) -> None:
    paper = make_claims(kind=CredentialKind.PAPER, holder_key=None, masked_name="欧阳" + "*" * 10, id_tail="2X")
    assert qr_version(encode(paper, key)) <= LARGEST_VERSION
