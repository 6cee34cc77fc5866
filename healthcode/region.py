"""A region as data: what `regions/<code>/region.yaml` says."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from healthcode.areas import is_known
from healthcode.combine import Combine
from healthcode.values import Way

ServiceName = Literal[
    "declaration", "audit", "issuer", "recognition", "connector", "oversight", "subscription", "portal"
]


class Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name in both languages."""

    zh: str
    en: str


class Recognises(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What counts where a person shows several codes."""

    combine: Combine = Combine.STRICTEST


class Region(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One deployment of the stack.

    `services` run here; `hub` says that it is the nation's; `adopts` names the region whose code is used where
    there is no local one; `way` is how it recognises others, `recognises` what counts beside them; `timezone` an IANA
    name: all days of the region are days of that zone.
    """

    code: str
    name: Name
    timezone: str
    services: tuple[ServiceName, ...]
    way: Way
    hub: bool = False
    adopts: str | None = None
    code_days: int = 30
    recognises: Recognises = Recognises()

    def __post_init__(self) -> None:
        """Refuse codes that are no divisions."""
        if not is_known(self.code) and not self.hub:
            raise ValueError(f"{self.code} is not a division of GB/T 2260")


def region_from(document: Mapping[str, Any]) -> Region:
    """The region in a parsed region.yaml. Raises msgspec.ValidationError that names the field."""
    try:
        return msgspec.convert(document, Region, strict=True)
    except msgspec.ValidationError as error:
        if "$.recognises" not in str(error):
            raise
        rules = " or ".join(f"{{combine: {each.value}}} ({each.en})" for each in Combine)
        raise msgspec.ValidationError(f"{error}; write recognises: {rules}") from None
