"""Settings of subscription."""

from pydantic import Field

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """What subscription needs beside what every process does."""

    subscription_timer_seconds: float = Field(
        default=2.0, gt=0, description="seconds between two looks for clients to let in and for what has run out"
    )
