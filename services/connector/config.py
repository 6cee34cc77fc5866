"""Settings of the connector."""

from pydantic import Field

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """What the connector needs beside what every process does."""

    connector_away_seconds: float = Field(
        default=60.0,
        gt=0,
        le=3600,
        description="the longest pause in seconds between two tries of a source that is away",
    )
