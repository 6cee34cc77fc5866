import ssl
from pathlib import Path

import pytest

from chassis.kafka.security import connection_for
from chassis.settings import ChassisSettings, SettingsError

BASE = {"HC_REGION": "330000", "KAFKA_BOOTSTRAP": "k:9092", "DATABASE_URL": "postgresql://x/y"}


def settings(**more: str) -> ChassisSettings:
    return ChassisSettings.load(BASE | {f"HC_{name}": value for name, value in more.items()})


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("secret\n", "utf-8")
    return path


def test_without_more_nothing_is_protected() -> None:
    assert connection_for(settings().broker) == {}


def test_a_name_and_a_password_go_over_tls_alone(password: Path) -> None:
    given = settings(
        KAFKA_SECURITY_PROTOCOL="SASL_SSL", KAFKA_SASL_USERNAME="330000", KAFKA_SASL_PASSWORD_FILE=str(password)
    )
    connection = dict(connection_for(given.broker))
    context = connection.pop("ssl_context")
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert connection == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "330000",
        "sasl_plain_password": "secret",
    }
    with pytest.raises(SettingsError, match="HC_KAFKA_SECURITY_PROTOCOL: wrong"):
        settings(KAFKA_SECURITY_PROTOCOL="SASL_PLAINTEXT")


def test_the_nations_broker_is_spoken_to_as_the_regions_unless_it_is_said(password: Path, tmp_path: Path) -> None:
    one = settings(KAFKA_SECURITY_PROTOCOL="SSL", KAFKA_CA_FILE="/ca.pem")
    assert (one.national_broker.bootstrap, one.national_broker.protocol) == ("k:9092", "SSL")
    assert one.national_broker.ca_file == Path("/ca.pem")
    two = settings(
        NATIONAL_KAFKA_BOOTSTRAP="n:9092",
        NATIONAL_KAFKA_SECURITY_PROTOCOL="SASL_SSL",
        NATIONAL_KAFKA_SASL_USERNAME="330000",
        NATIONAL_KAFKA_SASL_PASSWORD_FILE=str(tmp_path / "absent"),
    )
    assert two.broker.protocol == "PLAINTEXT"
    with pytest.raises(SettingsError, match="HC_NATIONAL_KAFKA_SASL_PASSWORD_FILE"):
        connection_for(two.national_broker)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({}, "HC_KAFKA_SASL_USERNAME, HC_KAFKA_SASL_PASSWORD_FILE"),
        ({"KAFKA_SASL_USERNAME": "u", "KAFKA_SASL_PASSWORD_FILE": "/no/such"}, "HC_KAFKA_SASL_PASSWORD_FILE"),
        ({"KAFKA_SASL_USERNAME": "u", "KAFKA_SASL_PASSWORD_FILE": "{empty}"}, "HC_KAFKA_SASL_PASSWORD_FILE.*empty"),
        ({"KAFKA_CA_FILE": "/no/such"}, "HC_KAFKA_CA_FILE"),
    ],
    ids=["neither", "no-file", "empty-file", "no-authority"],
)
def test_what_is_missing_is_named(more: dict[str, str], named: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    given = {name: value.format(empty=empty) for name, value in more.items()}
    with pytest.raises(SettingsError, match=named):
        connection_for(settings(KAFKA_SECURITY_PROTOCOL="SASL_SSL", **given).broker)
