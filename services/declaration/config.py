"""Settings of the declaration service."""

from urllib.parse import unquote, urlsplit

from pydantic import Field

from chassis.migrate import with_database
from chassis.settings import ChassisSettings


class Settings(ChassisSettings):
    """What the declaration service needs beside what every process does."""

    keys_url: str | None = Field(
        default=None,
        pattern=r"^postgres(ql)?://",
        repr=False,
        description="a PostgreSQL address, on a server whose backups are not kept: the keys of persons",
    )

    @property
    def keys_address(self) -> str:
        """Where the keys of persons are: without a server of their own, beside the data, in a database of their own."""
        return self.keys_url or with_database(self.database_url, self.keys_database)

    @property
    def keys_database(self) -> str:
        """The name of that database."""
        return f"{unquote(urlsplit(self.database_url).path).lstrip('/')}_keys"
