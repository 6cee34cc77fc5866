"""Settings of oversight. When it raises an alarm is the region's own data: `regions/<code>/oversight.yaml`."""

from pydantic import Field

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """What oversight needs beside what every process does."""

    oversight_commit_seconds: float = Field(
        default=1.0, gt=0, le=60, description="seconds between two commits of positions to Kafka, at most 60"
    )
    oversight_batch_records: int = Field(
        default=500, ge=1, le=5000, description="records counted in one transaction, 1 to 5000"
    )
    oversight_batch_seconds: float = Field(
        default=0.25, gt=0, le=10, description="seconds that records wait for company, at most 10"
    )
    oversight_tick_seconds: float = Field(
        default=1.0, gt=0, le=60, description="seconds between two looks for silence and for alarms that are over"
    )
