"""A person's way through a region whose services run in processes of their own, which end and start again meanwhile."""

import base64
import io
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import zxingcpp
from joserfc.jwk import ECKey
from PIL import Image

from deploy.local.stack import Stack
from healthcode.credential import Claims, TrustEntry, TrustList, Verdict, key_id, verify
from healthcode.values import Status
from tests.support.callers import caller, citizen, colored, subject
from tests.support.holders import Holder
from tests.support.people import declaration, id_number
from tests.support.polling import eventually
from tests.support.region import RegionProcesses, region_processes

pytestmark = [pytest.mark.embedded]

REGION = "430000"
PERSON = 7
SERVICES = ("declaration", "audit", "issuer")
ENTRY = {
    "person": {"id_type": "resident_id", "id_number": id_number(PERSON)},
    "category": "close_contact",
    "evidence": "疾控〔2020〕17号",
    "valid_from": "2026-01-01T00:00:00+08:00",
}


@pytest.fixture
def region(stack: Stack, database_url: str, tmp_path: Path) -> Iterator[RegionProcesses]:
    with region_processes(stack, database_url, tmp_path, REGION) as processes:
        processes.spawn("api", "services", "--region", REGION, "api")
        for service in SERVICES:
            processes.spawn(service, f"services.{service}", "worker", "relay", "timer", "intake")
        processes.wait_ready()
        yield processes


def test_from_a_declaration_over_red_back_to_green(region: RegionProcesses) -> None:
    person, officer = citizen(region, PERSON), caller(region, "officer")

    # declared: the receipt tells all stages, and the code its reason
    accepted = person.post("/v1/declarations", json=declaration(PERSON))
    assert accepted.status_code == httpx.codes.ACCEPTED, accepted.text
    assert accepted.json()["attestation"] == "self"
    stages = all_stages(person, accepted.json()["receipt"])
    green = colored(person, "green")
    assert (stages["audited"]["color"], stages["coloured"]["color"]) == ("green", "green")
    assert green["version"] == f"{stages['coloured']['incarnation']}.{stages['coloured']['version']}"
    assert (green["act"], green["cause"]) == ("may_enter", "declaration")
    assert (green["reasons"][0]["facts"], green["reasons"][0]["authorities"]) == ([accepted.json()["id"]], [])

    # shown: the picture holds a credential that needs no server to be checked; a gate wants it live, from a device
    shown = scanned(person)
    claims = verified(region, shown)
    assert (claims.status, claims.region) == (Status.LOW, REGION)
    assert at_the_gate(region, shown) == ("not_fresh", None)
    assert at_the_gate(region, live(person)) == ("valid", "green")

    region.restart()
    assert colored(person, "green") == green
    assert at_the_gate(region, live(person)) == ("valid", "green")

    # listed: red with reason, authority and way out, and the credential is good no more
    listed = officer.post("/v1/lists/entries", json=ENTRY)
    assert listed.status_code == httpx.codes.CREATED, listed.text
    red = colored(person, "red")
    assert red["reasons"][0]["authorities"] == ["330100-cdc"]
    assert {way["kind"] for way in red["reasons"][0]["way_out"]} >= {"check_ins"}
    assert red["next_steps"]
    assert at_the_gate(region, shown) == ("revoked", None)
    assert is_revoked(region, claims)
    assert verified(region, scanned(person)).status is Status.HIGH

    region.restart()
    assert colored(person, "red") == red
    assert at_the_gate(region, shown) == ("revoked", None)

    # withdrawn: green again, under a new version, and officers see every step
    officer.post(f"/v1/lists/entries/{listed.json()['entry']}/withdrawal")
    assert colored(person, "green")["cause"] == "listing"
    assert at_the_gate(region, live(person)) == ("valid", "green")
    assert at_the_gate(region, shown) == ("revoked", None)
    history = officer.get(f"/v1/codes/{subject(region, PERSON)}/history").json()["items"]
    assert [change["color"] for change in reversed(history)] == ["green", "red", "green"]


def all_stages(person: httpx.Client, receipt: str) -> dict[str, Any]:
    """The stages of a receipt, once all are reached."""

    def ask() -> dict[str, Any] | None:
        stages: dict[str, Any] = person.get(receipt).json()["stages"]
        return stages if stages["coloured"] else None

    return eventually("a receipt with a color", ask)


def live(person: httpx.Client) -> str:
    """What the person's app shows now."""
    holder = Holder()
    holder.took(person.post("/v1/me/credentials", json=holder.asked))
    return holder.show(time.time())


def scanned(person: httpx.Client) -> str:
    """What a reader of QR codes sees in the person's picture."""
    picture = person.get("/v1/me/code.png")
    assert picture.status_code == httpx.codes.OK, picture.text
    found = zxingcpp.read_barcode(Image.open(io.BytesIO(picture.content)))
    assert found is not None
    return str(found.text)


def verified(region: RegionProcesses, text: str) -> Claims:
    """What a credential says, checked with the keys that the region publishes and nothing else."""
    published = region.client("anybody").get("/v1/trust").json()
    entries = []
    for jwk in published["keys"]:
        public: Any = ECKey.import_key(jwk).public_key
        entry = TrustEntry(
            kid=key_id(public),
            public_key=public,
            region=published["region"],
            not_before=datetime(2020, 1, 1, tzinfo=UTC),
            not_after=datetime(9999, 1, 1, tzinfo=UTC),
        )
        entries.append(entry)
    answer = verify(text, TrustList(entries), datetime.now(UTC))
    assert answer.verdict is Verdict.VALID, answer.detail
    assert answer.claims is not None
    return answer.claims


def at_the_gate(region: RegionProcesses, text: str) -> tuple[str, str | None]:
    """The region's own answer to a scan: the verdict, and the color with a good one."""
    answer = caller(region, "checkpoint").post("/v1/verifications", json={"credential": text}).json()
    return answer["verdict"], answer["color"]


def is_revoked(region: RegionProcesses, claims: Claims) -> bool:
    """Whether the published status list says so."""
    place = claims.status_list
    assert place is not None
    published = region.client("anybody").get(f"/v1/status-lists/{place.list_id}").json()["lst"]
    bits = zlib.decompress(base64.urlsafe_b64decode(published + "=" * (-len(published) % 4)))
    return bool(bits[place.index >> 3] >> (place.index & 7) & 1)
