"""Overlays on the shipped compose file: a broker that wants TLS and a password, and a region whose roles are few.

Hubei takes one container a role for all of its services; the nation takes none, but for its topics.
"""

from collections.abc import Iterator

import httpx
import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.support.callers import colored
from tests.support.compose import BASE, Stack, compose_stack, need_engine
from tests.support.people import declaration, entry, id_number

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]

REGION = "420000"
PORT = f"PORT_{REGION}"
TLS = ("deploy/compose.regions.yaml", "deploy/compose.tls.yaml")
ON_THE_WAY = ("identity", "hubei-api", "hubei-worker", "hubei-relay")
"""What a person's way to a color takes."""


@pytest.fixture(scope="module")
def secured() -> Iterator[Stack]:
    need_engine()
    with compose_stack((*BASE, *TLS), ON_THE_WAY, KAFKA_SECURITY_PROTOCOL="SASL_SSL") as stack:
        yield stack


def test_over_tls_a_declaration_becomes_green_and_red(secured: Stack) -> None:
    person = secured.client(
        "citizen-2", port=PORT, roles=["citizen"], region=REGION, id_type="resident_id", id_number=id_number(2)
    )
    accepted = person.post("/v1/declarations", json=declaration(2))
    assert accepted.status_code == httpx.codes.ACCEPTED, accepted.text
    colored(person, "green")
    officer = secured.client(
        "officer-1", port=PORT, roles=["officer"], region=REGION, authority="420100-cdc", person="p-1"
    )
    listed = officer.post("/v1/lists/entries", json=entry(2) | {"category": "confirmed"})
    assert listed.is_success, listed.text
    colored(person, "red")


def test_whoever_has_no_password_is_refused(secured: Stack) -> None:
    address = f"127.0.0.1:{secured.environment['PORT_KAFKA']}"
    authority = secured.run("exec", "-T", "hubei-api", "cat", "/public/broker-authority.pem")
    password = secured.run("exec", "-T", "kafka", "cat", "/keys/broker/user-outside").strip()
    tls: dict[str, str | int | float | bool] = {
        "bootstrap.servers": address,
        "security.protocol": "SASL_SSL",
        "ssl.ca.pem": authority,
        "log_level": 2,
    }
    known = {**tls, "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "outside", "sasl.password": password}
    seen = AdminClient(known).list_topics(timeout=60).topics
    assert f"hc.{REGION}.seals.v1" in seen, "what everybody may know"
    assert f"hc.{REGION}.codes.v1" not in seen, "and nothing about a person"
    with pytest.raises(KafkaException):
        AdminClient({**known, "sasl.password": "guessed"}).list_topics(timeout=5)
    with pytest.raises(KafkaException):
        AdminClient({"bootstrap.servers": address, "log_level": 2}).list_topics(timeout=5)
