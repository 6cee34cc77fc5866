"""A region with every service, and the nation, of which the requests are asked."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from deploy.local.stack import Stack
from tests.support.callers import caller, citizen, colored
from tests.support.clients import APPLICATION, terms
from tests.support.database import own_database
from tests.support.good_requests import AREA_ENTRY, entry
from tests.support.people import declaration, id_number
from tests.support.region import RegionProcesses, free_port, region_processes

REGION: Final = "150000"
NATION: Final = "100000"
DECLARED: Final = (1, 2, 3, 4)
"""People who have declared; the last of them is listed, too."""
FAST: Final = {"HC_RATE_PER_SECOND": "1000000", "HC_RATE_BURST": "10000000"}
"""What is asked here is no attack by one client, and shall get past the door."""
CONNECTOR: Final = """
connector: far-away
kind: postgres
address: far-away.dsn
query: SELECT * FROM contact
key: id
watermark: touched
source: 疾控中心
fields:
  {id_type: {text: passport}, id_number: number, category: {text: confirmed}, evidence: {text: x}, valid_from: since}
"""
ROLES: Final = (
    "citizen",
    "counter",
    "employer",
    "officer",
    "laboratory",
    "checkpoint",
    "integrator",
    "operator",
    "ops",
    "oversight",
)


@contextlib.contextmanager
def whole_house(stack: Stack, admin_url: str, folder: Path) -> Iterator[list[RegionProcesses]]:
    """Both, with people, a list, a client and a place in the region, so that requests find something."""
    with (
        own_database(admin_url) as url,
        own_database(admin_url) as national,
        region_processes(stack, url, folder, REGION, FAST, migrated=False) as region,
    ):
        _add_connector(region)
        nation = _nation(region, national)
        try:
            nation.migrate()  # its hub makes the topics that the region's recognition reads
            nation.spawn("nation", "services", "--region", NATION, "api")
            region.migrate()
            region.spawn("region", "services", "--region", REGION, "all")
            nation.wait_ready()
            region.wait_ready()
            _furnish(region)
            yield [region, nation]
        finally:
            nation.stop()


def _add_connector(region: RegionProcesses) -> None:
    """To a database that is away."""
    folder = Path(region.environment["HC_REGIONS"]) / REGION
    file = folder / "region.yaml"
    file.write_text(file.read_text("utf-8").replace("services: [", "services: [connector, "), "utf-8")
    (folder / "connectors").mkdir()
    (folder / "connectors" / "far-away.yaml").write_text(CONNECTOR, "utf-8")
    address = Path(region.environment["HC_SECRETS"]) / "far-away.dsn"
    address.write_text("postgresql://reader@127.0.0.1:9/contacts", "utf-8")
    address.chmod(0o600)


def _nation(region: RegionProcesses, database_url: str) -> RegionProcesses:
    port = free_port()
    own = {
        "HC_REGION": NATION,
        "HC_SECRETS": str(Path(region.environment["HC_SECRETS"]).parent / NATION),
        "DATABASE_URL": database_url,
        "HC_HTTP_PORT": str(port),
    }
    environment = {**region.environment, **own}
    return replace(region, region=NATION, environment=environment, port=port, running={}, commands={}, clients={})


def _furnish(region: RegionProcesses) -> None:
    """Done by the ways that people go."""
    officer, second = caller(region, "officer"), caller(region, "officer", sub="officer-2", person="person-2")
    for index in DECLARED:
        assert citizen(region, index).post("/v1/declarations", json=declaration(index)).is_success
    assert officer.post("/v1/lists/entries", json=entry(DECLARED[-1])).is_success
    proposed = officer.post("/v1/areas", json=AREA_ENTRY).json()["id"]
    assert second.post(f"/v1/proposals/{proposed}/approval", json={}).is_success
    gate = caller(region, "integrator", client_id="gate")
    client = gate.post("/v1/clients", json=APPLICATION).json()["client"]
    path = f"/v1/clients/{client}/proposals"
    asked = officer.post(path, json=terms(per_day=1_000_000)).json()["proposal"]
    assert second.post(f"{path}/{asked}/approval", json={}).is_success
    for index in DECLARED:
        colored(citizen(region, index), "red" if index == DECLARED[-1] else "green")
    assert officer.post("/v1/places", json={"name": "3 号门", "area": "330106"}).is_success


def tokens(region: RegionProcesses) -> Sequence[str]:
    """Who asks: mostly persons with every role at once, some with one, one without a document, and nobody known."""
    usual: dict[str, Any] = {"region": region.region, "authority": "330100-cdc"}
    made = [_person(region, index, roles=list(ROLES), **usual) for index in DECLARED] * 8
    made += [_person(region, DECLARED[0], roles=[role], **usual) for role in ROLES]
    bare: dict[str, Any] = {"roles": list(ROLES), "region": region.region}
    return [*made, region.identity.token("bare", **bare), region.identity.token("nobody")]


def _person(house: RegionProcesses, index: int, **claims: Any) -> str:
    claims |= {"id_type": "resident_id", "id_number": id_number(index), "name": "王小明"}
    return house.identity.token(f"fuzz-{index}", person=f"person-{index}", client_id="gate", **claims)
