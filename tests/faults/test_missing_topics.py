"""A region whose national topics nobody has created yet: recognition is held, and all else serves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from tests.support.callers import citizen, colored
from tests.support.people import declaration
from tests.support.polling import eventually
from tests.support.region import RegionProcesses, region_processes

pytestmark = [pytest.mark.embedded]

REGION = "210000"
PERSON = 71


@pytest.fixture
def region(stack: Stack, database_url: str, tmp_path: Path) -> Iterator[RegionProcesses]:
    with region_processes(stack, database_url, tmp_path, REGION) as processes:
        processes.spawn("all", "services", "--region", REGION, "all")
        processes.wait_ready()
        yield processes


def test_only_what_needs_them_is_held_until_they_are_there(region: RegionProcesses) -> None:
    topic = f"hc.national.{REGION}.v1"
    reasons = eventually("somebody is held", lambda: held(region) or None)
    assert {name for name in reasons if not name.startswith("recognition.")} == set()
    assert any(f"{topic} does not exist: run migrate" in reason for reason in reasons.values())
    counted = httpx.get(f"{region.url}/metrics").text
    assert 'hc_component_restarts_total{component="recognition.worker' in counted

    person = citizen(region, PERSON)
    assert person.post("/v1/declarations", json=declaration(PERSON)).is_success
    colored(person, "green")

    region.migrate("100000")
    eventually("nobody is held any more", lambda: held(region) == {})


def held(region: RegionProcesses) -> dict[str, Any]:
    """Who is held, and why; the process as a whole is ready all the time."""
    answer = httpx.get(f"{region.url}/health/ready")
    assert answer.status_code == httpx.codes.OK, answer.text
    found: dict[str, Any] = answer.json()["held"]
    return found
