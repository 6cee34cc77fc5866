"""The alarms, checked and tried by promtool, each of them firing and silent."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from chassis.metrics import CATALOGUE
from deploy.observability.panels import ALL
from deploy.observability.scraper import HERE, IMAGE
from services.__main__ import ALL as SERVICES
from tests.conftest import unavailable
from tests.integration.test_containers import engine_is_there

PAGE = Path("docs/observability.md")
SUFFIXES = ("_bucket", "_count", "_sum")
RECORDED = ("hc:people", "hc:recolored:increase10m")

Promtool = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def promtool() -> Promtool:
    """The one of the image that is deployed, or one that is installed."""
    if engine_is_there():
        command = ["docker", "run", "--rm", "--network", "none", "--volume"]
        command += [f"{HERE.resolve()}:/rules:ro", "--workdir", "/rules", "--entrypoint", "promtool", IMAGE]
    elif shutil.which("promtool"):
        command = ["promtool"]
    else:
        unavailable("no promtool: start a container engine, or install Prometheus")

    def run(*arguments: str, folder: Path = HERE) -> subprocess.CompletedProcess[str]:
        placed = [str(folder.resolve()) if part == str(HERE.resolve()) else part for part in command]
        placed = [part.replace(f"{HERE.resolve()}:", f"{folder.resolve()}:") for part in placed]
        return subprocess.run([*placed, *arguments], cwd=folder, capture_output=True, text=True, check=False)

    return run


def alarms() -> dict[str, dict[str, object]]:
    document = yaml.safe_load((HERE / "rules.yaml").read_text("utf-8"))
    return {rule["alert"]: rule for group in document["groups"] for rule in group["rules"] if "alert" in rule}


def test_promtool_finds_nothing_wrong(promtool: Promtool) -> None:
    for arguments in (("check", "rules", "rules.yaml"), ("check", "config", "--syntax-only", "prometheus.yaml")):
        ran = promtool(*arguments)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_each_alarm_fires_where_it_should_and_nowhere_else(promtool: Promtool) -> None:
    ran = promtool("test", "rules", "rules_test.yaml")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    tried = set(re.findall(r'alertname[=:]\s?"?(\w+)', (HERE / "rules_test.yaml").read_text("utf-8")))
    assert set(alarms()) <= tried


def test_these_tests_can_fail(promtool: Promtool, tmp_path: Path) -> None:
    """With an alarm that rings too early, the tests do, too."""
    shutil.copytree(HERE, tmp_path / "rules")
    rules = tmp_path / "rules" / "rules.yaml"
    rules.write_text(
        rules.read_text("utf-8")
        .replace("increase10m > 20", "increase10m > 0")
        .replace("people > 0.01", "people > 0.00001"),
        "utf-8",
    )
    (tmp_path / "rules").chmod(0o755)
    ran = promtool("test", "rules", "rules_test.yaml", folder=tmp_path / "rules")
    assert ran.returncode != 0
    assert "BulkRecoloring" in ran.stdout + ran.stderr


@pytest.mark.parametrize("name", sorted(alarms()))
def test_each_alarm_says_what_it_means_and_where_to_read_on(name: str) -> None:
    rule = alarms()[name]
    labels, notes = rule["labels"], rule["annotations"]
    assert isinstance(labels, dict)
    assert isinstance(notes, dict)
    assert labels["severity"] in {"page", "ticket"}
    assert notes["summary"]
    assert notes["description"].endswith(".")
    assert notes["runbook"] == f"{PAGE}#{name.lower()}"
    assert f"\n### {name}\n" in PAGE.read_text("utf-8")


def test_prometheus_looks_for_every_container_that_tells_its_metrics() -> None:
    composed = [
        yaml.safe_load(Path(name).read_text("utf-8")) for name in ("docker-compose.yml", "deploy/compose.regions.yaml")
    ]
    services = {name: each for document in composed for name, each in document["services"].items()}
    telling = {
        name for name, each in services.items() if "services" in str(each.get("command")) and "migrate" not in name
    }
    (job,) = yaml.safe_load((HERE / "prometheus.yaml").read_text("utf-8"))["scrape_configs"]
    (found,) = job["dns_sd_configs"]
    assert set(found["names"]) == telling | {"edge"}
    assert len(telling) > 20


def test_the_overlay_fits_the_stack(tmp_path: Path) -> None:
    if not engine_is_there():
        unavailable("no container engine: start one, or see what `docker info` says")
    files = ["-f", "docker-compose.yml", "-f", "deploy/compose.observability.yaml"]
    ran = subprocess.run(["docker", "compose", *files, "config", "-q"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_rules_and_dashboards_ask_only_for_what_is_exported() -> None:
    assert SERVICES
    asked = [(HERE / "rules.yaml").read_text("utf-8"), (HERE / "rules_test.yaml").read_text("utf-8")]
    asked += [query.expr for dashboard in ALL for panel in dashboard.panels for query in panel.queries]
    known = set(CATALOGUE) | set(RECORDED)
    known |= {row.name + suffix for row in CATALOGUE.values() if row.kind == "histogram" for suffix in SUFFIXES}
    names = {name for text in asked for name in re.findall(r"\b(?:hc[_:][a-z_0-9:]+|process_[a-z_]+)", text)}
    assert names - known == set()
