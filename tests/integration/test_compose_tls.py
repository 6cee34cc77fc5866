"""Overlays on the shipped compose file: a broker that wants TLS and a password, and two more regions."""

from collections.abc import Iterator

import httpx
import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.support.callers import colored
from tests.support.compose import BASE, Stack, compose_stack, need_engine
from tests.support.people import declaration, entry

pytestmark = [pytest.mark.unproven, pytest.mark.docker, pytest.mark.timeout(1800)]

TLS = ("deploy/compose.regions.yaml", "deploy/compose.tls.yaml")
# what a person's way to a color takes, and another region: this stack shows the broker, not every role
ON_THE_WAY = (
    *("identity", "edge", "declaration-worker", "declaration-relay", "audit-worker", "audit-relay"),
    *("issuer-worker", "issuer-relay", "recognition-worker", "recognition-relay", "audit-intake"),
    *("nation-worker", "nation-relay", "hubei-api", "hubei-worker"),
)


@pytest.fixture(scope="module")
def secured() -> Iterator[Stack]:
    need_engine()
    with compose_stack((*BASE, *TLS), ON_THE_WAY, KAFKA_SECURITY_PROTOCOL="SASL_SSL") as stack:
        yield stack


def test_over_tls_a_declaration_becomes_green_and_red(secured: Stack) -> None:
    person = secured.citizen(2)
    accepted = person.post("/v1/declarations", json=declaration(2))
    assert accepted.status_code == httpx.codes.ACCEPTED, accepted.text
    colored(person, "green")
    assert secured.officer().post("/v1/lists/entries", json=entry(2)).is_success
    colored(person, "red")


def test_whoever_has_no_password_is_refused(secured: Stack) -> None:
    address = f"127.0.0.1:{secured.environment['PORT_KAFKA']}"
    authority = secured.run("exec", "-T", "hubei-api", "cat", "/public/broker-authority.pem")
    password = secured.run("exec", "-T", "kafka", "cat", "/keys/broker/user-outside").strip()
    tls: dict[str, str | int | float | bool] = {
        "bootstrap.servers": address,
        "security.protocol": "SASL_SSL",
        "ssl.ca.pem": authority,
    }
    known = {**tls, "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "outside", "sasl.password": password}
    assert "hc.330000.codes.v1" in AdminClient(known).list_topics(timeout=60).topics
    with pytest.raises(KafkaException):
        AdminClient({**known, "sasl.password": "guessed"}).list_topics(timeout=10)
    with pytest.raises(KafkaException):
        AdminClient({"bootstrap.servers": address}).list_topics(timeout=10)
