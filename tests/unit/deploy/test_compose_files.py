"""What every service of the compose files has to have, read from the files as they are; no engine is needed."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
FILES = [ROOT / "docker-compose.yml", *sorted((ROOT / "deploy").glob("compose.*.yaml"))]
# one region has a service for each role; the edge's audience needs all of them
ROLES = {
    "declaration": {"api", "worker", "relay", "timer"},
    "audit": {"api", "worker", "intake", "relay", "timer"},
    "issuer": {"api", "worker", "relay", "timer"},
    "recognition": {"api", "worker", "relay", "timer"},
    "oversight": {"api", "worker", "relay"},
    "subscription": {"api", "worker", "relay", "timer"},
    "portal": {"api"},
}


class Loader(yaml.SafeLoader):
    """Compose's own tags are no data."""


Loader.add_multi_constructor("!", lambda _loader, _tag, _node: None)


def services(path: Path) -> dict[str, dict[str, Any]]:
    document = yaml.load(path.read_text("utf-8"), Loader)  # noqa: S506 - a safe loader with two tags more
    return {name: service or {} for name, service in document.get("services", {}).items()}


def variables() -> dict[str, str]:
    lines = (ROOT / ".env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


WHOLE = [
    pytest.param(path, name, service, id=f"{path.name}-{name}")
    for path in FILES
    for name, service in services(path).items()
    if "image" in service  # the others change a service of another file
]


@pytest.mark.parametrize(("path", "name", "service"), WHOLE)
def test_every_service_is_fenced_in(path: Path, name: str, service: dict[str, Any]) -> None:
    assert "container_name" not in service, "two stacks, or two copies, could not run side by side"
    assert service.get("read_only") is True
    assert service.get("cap_drop") == ["ALL"]
    assert "no-new-privileges:true" in service.get("security_opt", [])
    assert service.get("mem_limit"), "without a limit one service starves the others"
    assert service.get("pids_limit")
    assert service["logging"]["options"]["max-size"]
    assert "privileged" not in service
    once = service.get("restart") == "no"
    assert once or (service.get("restart") == "unless-stopped" and service.get("stop_grace_period"))
    assert once or service["healthcheck"]["test"]
    for port in service.get("ports", []):
        assert port.startswith("${BIND:-127.0.0.1}:${PORT_"), "published on this machine alone unless somebody says so"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_secret_is_in_a_file(path: Path) -> None:
    """A password or key is a file in a volume; here only its path may stand."""
    for line in path.read_text("utf-8").splitlines():
        found = re.search(r"(?i)(password|secret|token|private_key)[a-z_]*\s*[:=]\s*[\"']?([^\s\"']+)", line)
        assert not found or found[2].startswith(("/", "$", '"$$', "[", "{", "scram", "%s")), line
    assert not re.search(r"://[^/@\s]+:[^/@\s]+@", path.read_text("utf-8")), "an address with a password"
    assert not (re.search(r"(?i)(password|secret|token)", "\n".join(variables())))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_ports_and_versions_stand_in_env_alone(path: Path) -> None:
    text = path.read_text("utf-8")
    known = variables()
    for name in re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", text):
        optional = f"${{{name}:-}}" in text or name in ("NATIONAL_KAFKA_BOOTSTRAP", "KAFKA_OUTSIDE_HOST")
        assert name in known or optional, f"{name} is not in .env"
    for default, name in ((m[2], m[1]) for m in re.finditer(r"\$\{([A-Z0-9_]+):-([^}]+)\}", text)):
        if name in known and name != "HC_MODE":
            assert known[name] == default, f"{name} is {known[name]} in .env and {default} in {path.name}"
    for service in services(path).values():
        assert str(service.get("image", "${")).find("${") >= 0, "a version outside .env"


def test_without_env_nothing_is_a_demonstration() -> None:
    assert all("${HC_MODE:-production}" in path.read_text("utf-8") for path in FILES if "HC_MODE" in path.read_text())


def test_each_role_of_the_region_is_a_service_of_its_own() -> None:
    region = yaml.safe_load((ROOT / "regions/330000/region.yaml").read_text("utf-8"))
    assert set(region["services"]) == set(ROLES), "give the new service its roles in docker-compose.yml, and here"
    commands = {name: service.get("command") for name, service in services(FILES[0]).items()}
    for service, roles in ROLES.items():
        for role in roles:
            assert commands[f"{service}-{role}"] == [f"services.{service}", role]


def test_the_connector_is_there_for_who_asks_for_it() -> None:
    """It reads databases of others: off, its worker alone beyond the inner network, and nobody waits for it."""
    all_services = services(FILES[0])
    mine = {name: service for name, service in all_services.items() if name.startswith("connector-")}
    assert {name: service["command"] for name, service in mine.items()} == {
        f"connector-{role}": ["services.connector", role] for role in ("migrate", "api", "worker", "relay")
    }
    assert all(service["profiles"] == ["connector"] for service in mine.values())
    assert [name for name, service in mine.items() if "outside" in service["networks"]] == ["connector-worker"]
    others = [service for name, service in all_services.items() if name not in mine]
    assert not any(mine.keys() & set(other.get("depends_on", ())) for other in others)
    assert variables()["COMPOSE_PROFILES"] == ""


def test_the_edge_knows_every_service_that_has_an_api() -> None:
    lines = [line.split() for line in (ROOT / "deploy/edge/routes.map").read_text("utf-8").splitlines()]
    named = {parts[1] for parts in lines if parts and not parts[0].startswith("#")}
    assert named == {*ROLES, "connector"}
    config = (ROOT / "deploy/edge/haproxy.cfg").read_text("utf-8")
    assert set(re.findall(r"^backend (\S+)", config, re.MULTILINE)) == named
