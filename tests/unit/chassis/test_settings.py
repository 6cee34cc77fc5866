from pathlib import Path

import pytest
from pydantic import Field

from chassis.points import Action, FailPoint, Point
from chassis.settings import ChassisSettings, SettingsError

GOOD = {
    "HC_REGION": "330000",
    "KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "DATABASE_URL": "postgresql://app:pw-7734@127.0.0.1/hc_330000",
}


class ServiceSettings(ChassisSettings):
    storm_rate: int = Field(default=15, ge=1, description="a whole number from 1")


def test_defaults_are_those_of_production() -> None:
    settings = ChassisSettings.load(GOOD)
    assert settings.region == "330000"
    assert settings.mode == "production"
    assert settings.national_kafka_bootstrap == "127.0.0.1:9092"
    assert settings.regions == Path("regions")
    assert settings.topics_file == Path("deploy/kafka/topics.yaml")
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 0)
    assert settings.simulated_clock is False


def test_values_are_read_and_typed() -> None:
    settings = ServiceSettings.load(
        GOOD
        | {
            "HC_MODE": "demo",
            "HC_SIMULATED_CLOCK": "true",
            "HC_FAIL_POINT": "audit.review:batch.handled:3:kill",
            "HC_HTTP_PORT": "8080",
            "HC_STORM_RATE": "3",
            "HC_NATIONAL_KAFKA_BOOTSTRAP": "national:9092",
            "HC_SECRETS": "keys",
        }
    )
    assert (settings.http_port, settings.storm_rate, settings.simulated_clock) == (8080, 3, True)
    assert settings.national_kafka_bootstrap == "national:9092"
    assert settings.secrets == Path("keys")
    assert settings.fail_point == FailPoint("audit.review", Point.BATCH_HANDLED, 3, Action.KILL)


@pytest.mark.parametrize(
    "value",
    ["audit.review", ":batch.read:1:kill", "a:batch.rad:1:kill", "a:batch.read:0:kill", "a:batch.read:x:kill", "a:b:c"],
)
def test_a_fail_point_that_is_none_is_refused_by_name(value: str) -> None:
    with pytest.raises(SettingsError, match="HC_FAIL_POINT: wrong; expected scope:point"):
        ChassisSettings.load(GOOD | {"HC_MODE": "demo", "HC_FAIL_POINT": value})


def test_the_environment_is_read_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    assert ChassisSettings.load().region == "330000"


def test_construction_by_keyword_does_not_look_at_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HC_HTTP_PORT", "8080")
    settings = ChassisSettings(region="330000", kafka_bootstrap="b:1", database_url="postgresql://x/y")
    assert settings.http_port == 0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HC_REGION", "33", "six digits"),
        ("HC_MODE", "prod-7734", "production or demo"),
        ("HC_HTTP_PORT", "eighty-7734", "port from 0 to 65535"),
        ("HC_STORM_RATE", "0", "a whole number from 1"),
        ("DATABASE_URL", "mysql://pw-7734@h/d", "PostgreSQL"),
        ("HC_JWKS_URL", "file:///7734", "http(s) address"),
        ("HC_SIMULATED_CLOCK", "true", "only with HC_MODE=demo"),
        ("HC_FAIL_POINT", "audit.review:batch.read:7734:kill", "only with HC_MODE=demo"),
    ],
)
def test_a_wrong_variable_is_named_with_what_is_expected_and_never_with_its_value(
    name: str, value: str, said: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        ServiceSettings.load(GOOD | {name: value})
    assert f"{name}: wrong" in str(refused.value)
    assert said in str(refused.value)
    assert "7734" not in str(refused.value)


def test_every_fault_is_listed_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        ChassisSettings.load({"HC_MODE": "other", "HC_REIGON": "330000"})
    text = str(refused.value)
    assert "HC_REIGON: no such setting" in text
    assert "HC_REGION: missing" in text
    assert "KAFKA_BOOTSTRAP: missing" in text
    assert "HC_MODE: wrong" in text


def test_variables_of_a_service_in_the_same_process_are_no_strangers() -> None:
    env = GOOD | {"HC_STORM_RATE": "3"}
    with pytest.raises(SettingsError, match="HC_STORM_RATE: no such setting"):
        ChassisSettings.load(env)
    assert ChassisSettings.load(env, beside=[ServiceSettings]).region == "330000"


def test_the_database_password_is_not_shown() -> None:
    assert "7734" not in repr(ChassisSettings.load(GOOD))
