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
    issuer_status_lists: int = Field(
        default=1, ge=1, le=999, description="status lists a day, one for each half million credentials"
    )
    issuer_paper_days: float = Field(default=7.0, gt=0, le=30, description="days that a code on paper is good for")
    issuer_lookup_days: float = Field(
        default=90.0, ge=1, description="days that it is kept, and shown to the person, who looked them up"
    )
