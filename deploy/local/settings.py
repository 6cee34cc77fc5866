from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings

ROOT = Path(__file__).resolve().parents[2]


class LocalSettings(BaseSettings):
    """What the environment says about the local broker and database."""

    data: Path = Field(default=ROOT / ".data", validation_alias="HC_DATA")
    cache: Path = Field(default=ROOT / ".cache" / "kafka", validation_alias="HC_CACHE")
    kafka_port: int = Field(default=0, ge=0, le=65535, validation_alias="HC_KAFKA_PORT")
    postgres_port: int = Field(default=0, ge=0, le=65535, validation_alias="HC_POSTGRES_PORT")
    kafka_regions: str = Field(default="", validation_alias="HC_KAFKA_REGIONS", pattern=r"^([0-9]{6}( [0-9]{6})*)?$")
    """Codes of regions, with spaces: the broker then lets in their users alone, each with its own rights."""
    kafka_bootstrap: str = Field(default="", validation_alias="KAFKA_BOOTSTRAP")
    database_url: str = Field(default="", validation_alias="DATABASE_URL")
