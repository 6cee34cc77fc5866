"""Settings from the environment, refused by variable name when wrong.

A service subclasses `ChassisSettings`; a field `storm_rate` of the subclass is read from `HC_STORM_RATE`. The
description of a field is what people read when its variable is wrong, so it says what is expected.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from chassis.points import FailPoint

PREFIX = "HC_"
ANCHOR = "trust-anchor.pem"


class SettingsError(Exception):
    """The environment does not describe a process that can start; the text names each variable, never a value."""


def _url(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise ValueError("not an http or https address")
    return value


HttpUrl = Annotated[str, AfterValidator(_url)]
BrokerProtocol = Literal["PLAINTEXT", "SSL", "SASL_SSL"]


@dataclass(frozen=True, slots=True)
class BrokerAccess:
    """Where a broker is and how it is spoken to; `prefix` begins the names of the variables, `KAFKA_`."""

    prefix: str
    bootstrap: str
    protocol: BrokerProtocol
    username: str | None
    password_file: Path | None
    ca_file: Path | None


class ChassisSettings(BaseSettings):
    """What every process of the stack needs to know; built by `load`, or by keyword in tests."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="forbid",
        frozen=True,
        validate_by_name=True,
        validate_by_alias=True,
        enable_decoding=False,  # a list is written with commas, and its field brings a validator that splits it
        hide_input_in_errors=True,
    )

    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] = Field(
        description="the six digits of a division (GB/T 2260)"
    )
    mode: Literal["production", "demo"] = Field(default="production", description="production or demo")
    kafka_bootstrap: str = Field(
        validation_alias="KAFKA_BOOTSTRAP", min_length=1, description="the broker's addresses, host:port, with commas"
    )
    national_kafka_bootstrap: str = Field(
        default_factory=lambda values: values.get("kafka_bootstrap", ""),
        min_length=1,
        description="the national broker's addresses, host:port, with commas (without it: KAFKA_BOOTSTRAP)",
    )
    kafka_security_protocol: BrokerProtocol = Field(
        default="PLAINTEXT", description="PLAINTEXT, SSL or SASL_SSL (with SCRAM-SHA-512)"
    )
    kafka_sasl_username: str | None = Field(default=None, min_length=1, description="the broker's name for us")
    kafka_sasl_password_file: Path | None = Field(default=None, description="the file of the broker's password for us")
    kafka_ca_file: Path | None = Field(default=None, description="the certificates to know the broker by, PEM")
    national_kafka_security_protocol: BrokerProtocol = Field(
        default_factory=lambda values: values.get("kafka_security_protocol", "PLAINTEXT"),
        description="PLAINTEXT, SSL or SASL_SSL (without it and its like: as for the region's broker)",
    )
    national_kafka_sasl_username: str | None = Field(
        default_factory=lambda values: values.get("kafka_sasl_username"),
        min_length=1,
        description="the national broker's name for us",
    )
    national_kafka_sasl_password_file: Path | None = Field(
        default_factory=lambda values: values.get("kafka_sasl_password_file"),
        description="the file of the national broker's password for us",
    )
    national_kafka_ca_file: Path | None = Field(
        default_factory=lambda values: values.get("kafka_ca_file"),
        description="the certificates to know the national broker by, PEM",
    )
    database_url: str = Field(
        validation_alias="DATABASE_URL",
        pattern=r"^postgres(ql)?://",
        repr=False,
        description="a PostgreSQL address, postgresql://…",
    )
    secrets: Path | None = Field(default=None, description="the folder of key files")
    catalogue: Path | None = Field(default=None, description="the file of the national catalogue of regions and keys")
    catalogue_anchor: Path | None = Field(
        default=None, description="the nation's public key, PEM (without it: trust-anchor.pem beside the catalogue)"
    )
    regions: Path = Field(default=Path("regions"), description="the folder of the regions' data")
    topics_file: Path = Field(default=Path("deploy/kafka/topics.yaml"), description="the file that declares the topics")
    http_host: str = Field(default="127.0.0.1", min_length=1, description="the address to listen on")
    http_port: int = Field(default=0, ge=0, le=65535, description="a port from 0 to 65535; 0 takes a free one")
    health_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="a port for health and metrics alone, whatever the roles; 0: a free one",
    )
    jwks_url: HttpUrl | None = Field(default=None, description="the http(s) address of the identity provider's keys")
    jwt_issuer: str | None = Field(default=None, min_length=1, description="the `iss` of accepted tokens")
    jwt_audience: str = Field(default="healthcode", min_length=1, description="the `aud` of accepted tokens")
    http_at_once: int = Field(default=128, ge=1, le=10_000, description="how many writes are worked on at once")
    http_waiting: int = Field(default=384, ge=0, le=100_000, description="how many writes may wait for that")
    http_wait_seconds: float = Field(default=2.0, gt=0, le=60, description="how long a write waits at most, in seconds")
    http_reads_at_once: int = Field(default=256, ge=1, le=10_000, description="how many reads are answered at once")
    http_panels_at_once: int = Field(
        default=64, ge=0, le=10_000, description="from how many reads on what a page can do without is refused"
    )
    rate_per_second: float = Field(
        default=500.0, gt=0, le=1_000_000, description="how many lines a second one client may write in the long run"
    )
    rate_burst: int = Field(
        default=5000, ge=1, le=10_000_000, description="how many lines a client may be ahead of that"
    )
    outbox_rows: int = Field(
        default=100_000, ge=100, le=100_000_000, description="rows in an outbox from which on writes are refused"
    )
    outbox_seconds: float = Field(
        default=60.0, gt=0, le=86_400, description="age of an outbox's oldest row from which on writes are refused"
    )
    log_format: Literal["json", "console", "auto"] = Field(default="auto", description="json, console or auto")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error"
    )
    otlp_endpoint: HttpUrl | None = Field(
        default=None, description="the http(s) address of a collector of traces, http://collector:4318; none: no traces"
    )
    trace_ratio: float = Field(
        default=0.01, ge=0, le=1, description="which part of the requests is traced, from 0 (none) to 1 (all)"
    )
    simulated_clock: bool = Field(default=False, description="true or false; true only with HC_MODE=demo")

    fail_point: Annotated[FailPoint, BeforeValidator(FailPoint.parse)] | None = Field(
        default=None, description="scope:point:nth:kill|stop|raise (chassis/points.py); only with HC_MODE=demo"
    )

    @property
    def broker(self) -> BrokerAccess:
        """The region's broker."""
        return BrokerAccess(
            "KAFKA_",
            self.kafka_bootstrap,
            self.kafka_security_protocol,
            self.kafka_sasl_username,
            self.kafka_sasl_password_file,
            self.kafka_ca_file,
        )

    @property
    def national_broker(self) -> BrokerAccess:
        """The nation's; the same as the region's where nothing else is said."""
        return BrokerAccess(
            "NATIONAL_KAFKA_",
            self.national_kafka_bootstrap,
            self.national_kafka_security_protocol,
            self.national_kafka_sasl_username,
            self.national_kafka_sasl_password_file,
            self.national_kafka_ca_file,
        )

    @property
    def anchor(self) -> bytes | None:
        """The key by which the catalogue is believed; None where there is none beside it. Raises OSError."""
        if self.catalogue_anchor is not None:
            return self.catalogue_anchor.read_bytes()
        beside = self.catalogue.with_name(ANCHOR) if self.catalogue else None
        return beside.read_bytes() if beside and beside.is_file() else None

    @field_validator("simulated_clock")
    @classmethod
    def _simulated_only_in_demo(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's signature
        if value and info.data.get("mode") != "demo":
            raise ValueError("real people are never served on simulated time")
        return value

    @field_validator("fail_point")
    @classmethod
    def _fails_only_in_demo(cls, value: FailPoint | None, info: ValidationInfo) -> FailPoint | None:
        if value is not None and info.data.get("mode") != "demo":
            raise ValueError("a process that serves real people does not fail on purpose")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see below
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed in counts: `load` reads the environment, and nothing else does behind its back."""
        return (init_settings,)

    @classmethod
    def variables(cls) -> dict[str, str]:
        """The field that each environment variable fills, by variable name."""
        return {_variable(name, field): name for name, field in cls.model_fields.items()}

    @classmethod
    def load(cls, env: Mapping[str, str] | None = None, *, beside: Sequence[type["ChassisSettings"]] = ()) -> Self:
        """The settings that `env` (default: the process's environment) describes.

        `beside` names the settings of other services in the same process, whose variables are then no strangers.
        Raises `SettingsError` that lists every missing, wrong and unknown variable by name, never by value.
        """
        given = dict(os.environ if env is None else env)
        known = set(cls.variables()).union(*(other.variables() for other in beside))
        faults = [f"{name}: no such setting" for name in sorted(given) if name.startswith(PREFIX) and name not in known]
        source = EnvSettingsSource(cls)
        source.env_vars = {name.lower(): value for name, value in given.items()}
        try:
            settings = cls(**source())
        except ValidationError as error:
            faults += [_fault(cls, detail["loc"], detail["type"]) for detail in error.errors()]
        else:
            if not faults:
                return settings
        raise SettingsError("wrong settings:\n" + "\n".join(f"  {fault}" for fault in faults))


def _variable(name: str, field: FieldInfo) -> str:
    return field.validation_alias if isinstance(field.validation_alias, str) else f"{PREFIX}{name.upper()}"


def _fault(settings: type[ChassisSettings], location: tuple[int | str, ...], kind: str) -> str:
    place = location[0] if location else ""
    for variable, name in settings.variables().items():
        if place in (variable, name):
            expected = settings.model_fields[name].description or "another value"
            return f"{variable}: {'missing' if kind == 'missing' else 'wrong'}; expected {expected}"
    return f"the settings do not fit together ({kind})"
