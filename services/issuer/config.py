"""Settings of the issuer."""

from pydantic import Field

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """What the issuer needs beside what every process does."""

    issuer_timer_seconds: float = Field(
        default=5.0, gt=0, description="seconds between two looks for codes that have expired"
    )
    issuer_credential_hours: float = Field(
        default=24.0, gt=0, le=24, description="hours that a credential is good for, 24 at most"
    )
    issuer_person_per_minute: float = Field(
        default=60.0,
        gt=0,
        le=100_000,
        description="fresh codes of one person a minute; as often a client may ask of one",
    )
    issuer_pass_days: int = Field(
        default=30, ge=1, le=366, description="days for which it is kept who was let in where"
    )
    issuer_status_lists: int = Field(
        default=1, ge=1, le=999, description="status lists a day, one for each half million credentials"
    )
