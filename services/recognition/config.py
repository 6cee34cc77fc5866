"""Settings of recognition."""

from pathlib import Path

from pydantic import Field

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """What recognition needs beside what every process does."""

    catalogue: Path = Field(description="the file of the national catalogue, JSON")
    recognition_timer_seconds: float = Field(
        default=5.0, gt=0, description="seconds between two looks for watches that are over"
    )
