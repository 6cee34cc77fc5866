import json
import ssl
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from chassis.keys import read_hex_key, read_key
from deploy import certificates
from deploy.keys import make_keys
from deploy.prepare import make_secrets, role_of

REGIONS = Path("regions")
LATER = datetime(2031, 1, 1, tzinfo=UTC)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    for name in ("keys", "public"):
        (tmp_path / name).mkdir()
    make_secrets(tmp_path / "keys", tmp_path / "public", REGIONS, ["330000", "100000"])
    return tmp_path


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_region_gets_what_it_may_know_and_nobody_else_reads_it(made: Path) -> None:
    keys = made / "keys"
    assert read_hex_key(keys / "330000", "pseudonym.key") != read_hex_key(keys / "100000", "pseudonym.key")
    password = read_key(keys / "330000", "broker-password")
    assert (keys / "broker" / "user-330000").read_bytes().strip() == password
    assert (keys / "330000" / "pgpass").read_text("utf-8").startswith("*:*:*:hc_330000:")
    for path in (keys / "330000").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    assert {path.name for path in (made / "public").iterdir()} == {
        "catalogue.json",
        "broker-authority.pem",
        "trust-anchor.pem",
    }
    assert b"PRIVATE" not in b"".join(everything(made / "public").values())


def test_a_second_time_changes_nothing(made: Path) -> None:
    before = everything(made)
    make_secrets(made / "keys", made / "public", REGIONS, ["330000", "100000"])
    assert everything(made) == before


def test_the_catalogue_keeps_since_when_a_key_is_good_and_who_else_is_there(tmp_path: Path) -> None:
    """Messages signed before another start must stay good, and a start with fewer regions forgets none."""
    path = make_keys(tmp_path, REGIONS, ["330000", "420000"], valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    first = json.loads(path.read_text("utf-8"))["regions"]
    make_keys(tmp_path, REGIONS, ["330000"], valid_from=LATER)
    assert json.loads(path.read_text("utf-8"))["regions"] == first
    (tmp_path / "330000" / "signing.jwk").unlink()
    make_keys(tmp_path, REGIONS, ["330000"], valid_from=LATER)
    again = json.loads(path.read_text("utf-8"))["regions"]
    assert [entry["code"] for entry in again] == ["330000", "330000", "420000"], "a changed key stands beside the old"


def test_the_brokers_certificate_is_one_that_a_client_believes(made: Path) -> None:
    context = ssl.create_default_context(cafile=made / "public" / "broker-authority.pem")
    assert context.verify_mode == ssl.CERT_REQUIRED
    chain = made / "keys" / "broker" / "broker.pem"
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(chain)
    certificate = x509.load_pem_x509_certificate(chain.read_bytes()[chain.read_bytes().index(b"-----BEGIN CERT") :])
    authority = x509.load_pem_x509_certificate((made / "public" / "broker-authority.pem").read_bytes())
    certificate.verify_directly_issued_by(authority)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["kafka", "localhost"]


def test_a_certificate_is_made_anew_before_it_ends(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(made)
    monkeypatch.setattr(certificates, "RENEW_BEFORE", certificates.VALID * 2)
    make_secrets(made / "keys", made / "public", REGIONS, ["330000"])
    changed = {path.name for path, content in everything(made).items() if before.get(path) != content}
    changed.discard("rights")  # of fewer regions
    assert changed == {"broker.pem", "broker-authority.pem"}


def test_a_role_is_named_by_digits_alone() -> None:
    with pytest.raises(ValueError, match="digits"):
        role_of('33"; DROP')
