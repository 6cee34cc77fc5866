import base64
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from healthcode.envelope import Encoded, encode
from healthcode.events import WatchOpened
from services.recognition.domain.catalogue import CatalogueError, catalogue_from
from services.recognition.domain.message import SIGNATURE, Message, Refusal, Signer, believe_region, canonical
from tests.support.recognition import HUBEI, NOW, ZHEJIANG, Nation, inbox

EVENT = WatchOpened(
    id="m1", handle="f" * 32, origin=HUBEI, destination=ZHEJIANG, sequence=1, purpose="trip", until=NOW, at=NOW
)


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    return Nation.made_in(tmp_path_factory.mktemp("keys"))


def message(event: WatchOpened = EVENT) -> Message:
    return Message(event, encode(event, owner=HUBEI, service="recognition", time=NOW, topic=inbox(HUBEI)))


def refused(nation: Nation, wire: Encoded, event: WatchOpened = EVENT, now: datetime = NOW) -> str:
    with pytest.raises(Refusal) as caught:
        believe_region(Message(event, wire), HUBEI, nation.catalogue, now)
    return caught.value.code


def test_what_is_signed_is_written_down_for_others_to_rebuild() -> None:
    wire = Encoded("t", b"k", b"{}", (("ce_b", b"2"), ("content-type", b"x"), ("ce_a", b"1")))
    fields = ["hc-message-1", "t", "k", HUBEI, ZHEJIANG, "1", "ce_a", "1", "ce_b", "2", "{}"]
    assert canonical(Message(EVENT, wire)) == "".join(f"{len(field)}:{field}," for field in fields).encode()


def test_another_program_can_check_the_signature(nation: Nation) -> None:
    """By RFC 7515 alone, with no JOSE library."""
    sent = nation.signer(HUBEI).sign(message())
    header, nothing, signature = dict(sent.headers)[SIGNATURE].decode().split(".")
    entry = next(entry for entry in nation.document["regions"] if entry["code"] == HUBEI)
    raw = _unpadded(signature)
    payload = base64.urlsafe_b64encode(canonical(message())).rstrip(b"=")
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    x, y = (int.from_bytes(_unpadded(entry["signing"][name]), "big") for name in "xy")
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    key.verify(der, header.encode() + b"." + payload, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(der, header.encode() + b"." + payload + b"x", ec.ECDSA(hashes.SHA256()))
    assert nothing == ""
    assert json.loads(_unpadded(header)) == {"alg": "ES256", "kid": entry["signing"]["kid"]}


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_no_byte_of_what_is_signed_can_change(nation: Nation, data: st.DataObject) -> None:
    sent = nation.signer(HUBEI).sign(message())
    signed = [n for n, (name, _) in enumerate(sent.headers) if name.startswith("ce_")]
    place = data.draw(st.sampled_from(["topic", "key", "value", "header", "extra"]))
    if place == "header":
        n = data.draw(st.sampled_from(signed))
        name, value = sent.headers[n]
        changed = replace(sent, headers=(*sent.headers[:n], (name, _flipped(value, data)), *sent.headers[n + 1 :]))
    elif place == "extra":
        changed = replace(sent, headers=(*sent.headers, ("ce_more", b"1")))
    elif place == "topic":
        changed = replace(sent, topic=sent.topic + "x")
    elif place == "key":
        changed = replace(sent, key=_flipped(sent.key, data))
    else:
        changed = replace(sent, value=_flipped(sent.value, data))
    assert refused(nation, changed) == "bad-signature"


def _flipped(value: bytes, data: st.DataObject) -> bytes:
    n = data.draw(st.integers(0, len(value) - 1))
    return value[:n] + bytes([value[n] ^ data.draw(st.integers(1, 255))]) + value[n + 1 :]


def test_a_good_message_is_believed_while_its_region_counts(nation: Nation) -> None:
    sent = nation.signer(HUBEI).sign(message())
    believe_region(Message(EVENT, sent), HUBEI, nation.catalogue, NOW)
    assert refused(nation, sent, now=NOW - timedelta(days=2)) == "unknown-region"
    assert refused(nation, sent, now=NOW + timedelta(days=4000)) == "unknown-region"


def test_a_key_that_nobody_vouches_for_is_refused(nation: Nation) -> None:
    stranger = ECKey.generate_key("P-256", {"kid": "stranger"}, private=True)
    assert refused(nation, Signer(stranger).sign(message())) == "unknown-signer"


def test_another_algorithm_a_second_signature_and_an_enclosed_content_are_refused(nation: Nation) -> None:
    unsigned, sent = message().wire, nation.signer(HUBEI).sign(message())
    kid = next(entry["signing"]["kid"] for entry in nation.document["regions"] if entry["code"] == HUBEI)
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": kid}).encode()).rstrip(b"=") + b".."
    key = ECKey.import_key(json.loads((nation.folder / HUBEI / "signing.jwk").read_text("utf-8")))
    enclosed = jws.serialize_compact({"alg": "ES256", "kid": kid}, b"other content", key).encode()
    for value, reason in ((none, "no-signature"), (enclosed, "no-signature"), (b"..", "no-signature")):
        assert refused(nation, replace(unsigned, headers=(*unsigned.headers, (SIGNATURE, value)))) == reason
    assert refused(nation, replace(sent, headers=(*sent.headers, sent.headers[-1]))) == "no-signature"


def test_a_time_without_a_zone_is_refused(nation: Nation) -> None:
    event = WatchOpened(**{**{f: getattr(EVENT, f) for f in EVENT.__struct_fields__}, "until": datetime(2020, 3, 1)})  # noqa: DTZ001 - the fault under test
    assert refused(nation, nation.signer(HUBEI).sign(message(event)), event) == "no-time-zone"


def changed(document: dict[str, Any], **entry: object) -> dict[str, Any]:
    first, *rest = document["regions"]
    return {"regions": [{**first, **entry}, *rest]}


def test_a_wrong_catalogue_is_refused_with_the_region(nation: Nation) -> None:
    other = nation.document["regions"][1]["signing"]
    for entry, reason in (
        ({"signing": other}, "signing needs a kid of its own"),
        ({"signing": {"kid": "k", "kty": "EC"}}, "100000: signing is no public key"),
        ({"valid_from": "2020-01-01T00:00:00"}, "100000: valid_from and valid_until need a time zone"),
        ({"way": "4"}, "way"),
    ):
        with pytest.raises(CatalogueError, match=reason):
            catalogue_from(changed(nation.document, **entry))


def test_a_region_may_change_its_key(nation: Nation, tmp_path: Path) -> None:
    """Two entries with the same code: both keys count while both are valid."""
    key = ECKey.generate_key("P-256", private=True)
    private = {**key.as_dict(private=True), "kid": key.thumbprint()}
    old = next(entry for entry in nation.document["regions"] if entry["code"] == HUBEI)
    new = {**old, "signing": {name: value for name, value in private.items() if name != "d"}}
    catalogue = catalogue_from({"regions": [*nation.document["regions"], new]})
    for signer in (nation.signer(HUBEI), Signer(ECKey.import_key(private))):
        believe_region(Message(EVENT, signer.sign(message())), HUBEI, catalogue, NOW)
