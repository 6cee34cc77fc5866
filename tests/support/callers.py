"""Who calls a region over HTTP: a client for each role, with a token of the demo's identity provider."""

from typing import Any, Final

import httpx

from chassis.keys import read_hex_key
from healthcode.pseudonym import subject_of
from healthcode.values import IdType
from tests.support.people import id_number
from tests.support.polling import eventually
from tests.support.region import RegionProcesses

AUTHORITY: Final = "330100-cdc"


def caller(region: RegionProcesses, role: str, **claims: Any) -> httpx.Client:
    """A client whose token has this role in this region."""
    usual = {"roles": [role], "region": region.region, "authority": AUTHORITY, "person": f"person-{role}"}
    return region.client(claims.pop("sub", f"{role}-1"), **usual | claims)


def citizen(region: RegionProcesses, index: int) -> httpx.Client:
    """The made-up person of that index, whose identity is verified."""
    return caller(region, "citizen", sub=f"citizen-{index}", id_type="resident_id", id_number=id_number(index))


def subject(region: RegionProcesses, index: int) -> str:
    """The pseudonym of the made-up person of that index in this region."""
    key = read_hex_key(region.folder / "keys" / region.region, "pseudonym.key")
    return subject_of(key, IdType.RESIDENT_ID, id_number(index))


def colored(citizen: httpx.Client, color: str) -> dict[str, Any]:
    """The citizen's own code, once it has that color."""

    def ask() -> dict[str, Any] | None:
        answer = citizen.get("/v1/me/code")
        code: dict[str, Any] = answer.json()
        return code if answer.is_success and code["color"] == color else None

    return eventually(f"a code that is {color}", ask)
