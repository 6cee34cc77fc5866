"""Settings of the issuer."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from chassis.settings import ChassisSettings


def _addresses(written: object) -> object:
    """`420000=https://…,100000=https://…` as a mapping."""
    if not isinstance(written, str):
        return written
    pairs = [part.strip().partition("=") for part in written.split(",") if part.strip()]
    if not all(code.isdecimal() and address.startswith(("https://", "http://")) for code, _, address in pairs):
        raise ValueError("not code=address, with commas")
    return {code: address for code, _, address in pairs}


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
    issuer_abroad: Annotated[Mapping[str, str], BeforeValidator(_addresses)] = Field(
        default_factory=dict,
        description="where other regions answer, 420000=https://…, with commas: there their status lists are",
    )
    issuer_status_lists: int = Field(
        default=1, ge=1, le=999, description="status lists a day, one for each half million credentials"
    )
    issuer_paper_days: float = Field(default=7.0, gt=0, le=30, description="days that a code on paper is good for")
    issuer_live: bool = Field(
        default=True,
        description="true or false; false: a scan takes an app's code without the holder's proof, a picture then, too",
    )
    issuer_paper_age_days: float = Field(
        default=7.0, gt=0, le=30, description="days from which on a scan takes a code on paper no more"
    )
    issuer_lookup_days: float = Field(
        default=90.0, ge=1, description="days that it is kept, and shown to the person, who looked them up"
    )
    issuer_fresh_per_second: float = Field(
        default=500.0,
        gt=0,
        le=100_000,
        description="fresh credentials a second, at most, of each process: others are told when it is their turn",
    )
    issuer_reissue_per_second: int = Field(
        default=2000,
        ge=4,
        le=4000,
        description="credentials made anew a second, at most, when a key is revoked; a timer process each",
    )
