"""Settings of the audit."""

from pydantic import Field

from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """What the audit alone needs to know."""

    audit_timer_seconds: float = Field(
        default=0.15, gt=0, le=10, description="seconds between looks at the timers, above 0 and at most 10"
    )
    audit_timer_chunk: int = Field(default=5000, ge=1, le=20_000, description="how many timers fire in one transaction")
    audit_simulation_chunk: int = Field(
        default=2000, ge=1, le=20_000, description="how many people a simulation reads in one step"
    )
    audit_storm_chunk: int = Field(
        default=2000,
        ge=1,
        le=20_000,
        description="how many people a storm, or rows a retention sweep, passes in one step",
    )
    audit_migration_chunk: int = Field(
        default=500, ge=1, le=5000, description="how many people a migration looks at in one transaction"
    )
    audit_migration_seconds: float = Field(
        default=60.0, gt=0, le=3600, description="seconds between two passes of a migration"
    )
