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


class Watches(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how long a region watches guests whom it asks about, and how much it answers when it is asked itself.

    A scan is watched from when the credential was shown, whether it is told at once or later; a registration for as
    long as it says, within its limit. Of the two regions' limits the shorter counts. `registrations_per_hour`: so many
    of one other region are answered, for document numbers can be guessed, and credentials cannot.
    """

    scan_hours: int = 24
    late_hours: int = 72
    registration_days: int = 30
    registrations_per_hour: int = 600

    def __post_init__(self) -> None:
        """Refuse what is no length of time, and what is too long."""
        limits = {"scan_hours": 336, "late_hours": 336, "registration_days": 366, "registrations_per_hour": 1_000_000}
        for name, most in limits.items():
            if not 1 <= getattr(self, name) <= most:
                raise ValueError(f"{name} is from 1 to {most}")


class Region(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One deployment of the stack.

    `services` run here; `hub` says that it is the nation's; `adopts` names the region whose code is used where
    there is no local one; `succeeds` the region that hands its people over to this one, which takes a code of its own;
    `way` is how it recognises others, `recognises` what counts beside them; `timezone` an IANA name: all days of the
    region are days of that zone.
    """

    code: str
    name: Name
    timezone: str
    services: tuple[ServiceName, ...]
    way: Way
    hub: bool = False
    adopts: str | None = None
    succeeds: str | None = None
    code_days: int = 30
    recognises: Recognises = Recognises()
    watches: Watches = Watches()

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
