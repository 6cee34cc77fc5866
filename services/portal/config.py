"""Settings of the portal."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from chassis.settings import ChassisSettings, HttpUrl

MaybeUrl = Annotated[HttpUrl | None, BeforeValidator(lambda given: given or None)]
"""An address; empty, as a compose file leaves it, is none."""


class Settings(ChassisSettings):
    """What the portal needs beside what every process does."""

    portal_pages: Path = Field(default=Path("web/portal/dist"), description="the folder of the built pages")
    portal_authorize_url: MaybeUrl = Field(
        default=None, description="where a browser signs in at the identity provider (OpenID Connect), an address"
    )
    portal_exchange_url: MaybeUrl = Field(
        default=None, description="where the identity provider gives a token for a code, an address"
    )
    portal_client_id: str = Field(
        default="", max_length=64, description="the pages' name at the identity provider; portal- and the region"
    )
    portal_nation: MaybeUrl = Field(
        default=None, description="where the nation answers, for the trust list of checkpoints, an address"
    )
