"""A region's foreign.yaml and the keys beside it, and what is a certificate of another system at all."""

import base64
import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import DocumentError
from healthcode.credential import Claims, Es256Key, encode
from healthcode.foreign import ForeignError, KeysError, Refusal, RulesError, is_foreign, keys_from, table_from
from healthcode.foreign.model import PublicKey
from healthcode.values import Status
from services.issuer.bootstrap import read_foreign
from tests.unit.healthcode.foreign.makers import DAY, ISSUER, NOW, PRIVATE, RECOVERED, RSA_KEY, TESTED, dcc, shc

DOCUMENT: dict[str, Any] = {
    "keys": "foreign-keys.json",
    "rows": [{"kind": "test", "detected": False, "within_hours": 48, "status": "00"}],
    "otherwise": "unknown",
}


def spki(key: PublicKey) -> str:
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def key(**changes: Any) -> dict[str, Any]:
    kid = base64.b64encode(b"ec-key-1").decode()
    return {"format": "dcc", "issuer": "DE", "kid": kid, "public_key": spki(PRIVATE.public_key()), **changes}


CARD = key(format="shc", issuer=ISSUER, kid="shc-key")
FRENCH = key(issuer="FR", kid=base64.b64encode(b"rsa-key1").decode(), public_key=spki(RSA_KEY.public_key()))


def written(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()


def test_certificates_are_read_by_the_keys_of_the_file_and_judged_by_the_rows() -> None:
    table = table_from(DOCUMENT, written(key(), CARD, FRENCH))
    tested = table.read(dcc(dcc={"t": [TESTED]}), NOW)
    assert (tested.judged.status, tested.judged.row, tested.certificate.issuer) == (Status.LOW, 1, "DE")
    assert table.read(shc(), NOW).judged.status is Status.UNKNOWN
    assert table.read(dcc("FR", b"rsa-key1", -37), NOW).certificate.issuer == "FR"
    with pytest.raises(ForeignError) as refused:
        table_from(DOCUMENT, written(key(kinds=["test"]))).read(dcc(dcc={"r": [RECOVERED]}), NOW)
    assert refused.value.refusal is Refusal.UNKNOWN_ISSUER


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        (b"{", "truncated"),
        (b"\xff", "malformed"),
        (written(key(format="pdf")), "pdf"),
        (written(key(colour="red")), "colour"),
        (written(key(), key(kid="no base64!")), r"key 2 \(DE\): kid is not base64"),
        (written(key(kid="")), "write an issuer and a kid"),
        (written(key(public_key="AAAA")), "SubjectPublicKeyInfo"),
        (written(key(public_key=spki(ec.generate_private_key(ec.SECP384R1()).public_key()))), "P-256"),
        (written(key(public_key=spki(rsa.generate_private_key(65537, 1024).public_key()))), "2048"),  # noqa: S505 - it is to be refused
        (written({**CARD, "public_key": FRENCH["public_key"]}), "P-256"),
    ],
)
def test_keys_that_cannot_be_used_are_refused_by_their_number(keys: bytes, says: str) -> None:
    with pytest.raises(KeysError, match=says):
        keys_from(keys)


@pytest.mark.parametrize(
    ("document", "keys", "says"),
    [
        ([], "", "write keys: foreign-keys.json"),
        ({**DOCUMENT, "keys": "../keys.json"}, "", "write keys: foreign-keys.json"),
        (DOCUMENT, None, "foreign-keys.json cannot be read"),
        (DOCUMENT, '{"keys": [{}]}', "format"),
        ({**DOCUMENT, "otherwise": "00"}, '{"keys": []}', "may let nobody in"),
    ],
)
def test_a_region_does_not_start_with_a_table_that_means_nothing(
    tmp_path: Path, document: object, keys: str | None, says: str
) -> None:
    (tmp_path / "foreign.yaml").write_text(json.dumps(document), "utf-8")
    if keys is not None:
        (tmp_path / "foreign-keys.json").write_text(keys, "utf-8")
    with pytest.raises(DocumentError, match=says):
        read_foreign(tmp_path)


def test_a_region_without_one_takes_none_and_those_of_the_regions_are_good(tmp_path: Path) -> None:
    assert read_foreign(tmp_path) is None
    assert [folder for folder in Path("regions").iterdir() if read_foreign(folder)]


def test_keys_is_no_rule() -> None:
    with pytest.raises(RulesError, match="kyes"):
        table_from({**DOCUMENT, "kyes": 1}, written())


def test_a_health_code_is_no_certificate_of_another_system() -> None:
    claims = Claims(
        issuer="330000",
        issued_at=NOW,
        expires_at=NOW + timedelta(days=1),
        credential_id=secrets.token_bytes(16),
        status=Status.LOW,
        since=NOW - DAY,
        region="330000",
    )
    assert not is_foreign(encode(claims, Es256Key.generate()))
    assert is_foreign(dcc())
    assert is_foreign(dcc(kid=b"nobodys!"))
    assert is_foreign(shc())


@given(text=st.text(max_size=60) | st.binary(max_size=60).map(lambda data: f"HC1:{data.hex().upper()}"))
def test_whatever_is_scanned_is_one_or_not(text: str) -> None:
    assert is_foreign(text) in (True, False)
