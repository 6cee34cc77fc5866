"""A stranger follows a region's changes with the published documents alone; the ten lines of docs/events.md work."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from tests.support.callers import caller, citizen, colored, subject
from tests.support.following import printed_by
from tests.support.people import declaration, id_number
from tests.support.region import RegionProcesses, region_processes

pytestmark = [pytest.mark.embedded]

REGION = "350000"
WELL, ILL = range(4), range(4, 7)
LISTED = 0
FEVER: dict[str, Any] = {"temperature": 38.4, "symptoms": ["fever"]}
ENTRY = {
    "person": {"id_type": "resident_id", "id_number": id_number(LISTED)},
    "category": "close_contact",
    "evidence": "疾控〔2020〕17号",
    "valid_from": "2026-01-01T00:00:00+08:00",
}

Story = dict[str, list[tuple[str, str, str]]]
"""Version, previous and present color of each change, by subject, in order."""


@pytest.fixture
def region(stack: Stack, database_url: str, tmp_path: Path) -> Iterator[RegionProcesses]:
    with region_processes(stack, database_url, tmp_path, REGION) as processes:
        processes.spawn_all()
        yield processes


def live(region: RegionProcesses) -> Story:
    """People declare, one of them comes on a list and off it again; gives each one's history as officers read it."""
    for index in (*WELL, *ILL):
        declare(region, index, FEVER if index in ILL else {})
    for index in (*WELL, *ILL):
        colored(citizen(region, index), "yellow" if index in ILL else "green")
    officer = caller(region, "officer")
    listed = officer.post("/v1/lists/entries", json=ENTRY)
    colored(citizen(region, LISTED), "red")
    officer.post(f"/v1/lists/entries/{listed.json()['entry']}/withdrawal")
    colored(citizen(region, LISTED), "green")
    return {who: history(officer, who) for who in (subject(region, index) for index in (*WELL, *ILL))}


def declare(region: RegionProcesses, index: int, health: dict[str, Any]) -> None:
    answer = citizen(region, index).post("/v1/declarations", json=declaration(index, **health))
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text


def history(officer: httpx.Client, who: str) -> list[tuple[str, str, str]]:
    items = officer.get(f"/v1/codes/{who}/history").json()["items"]
    return [(item["version"], item["previous"], item["color"]) for item in reversed(items)]


def test_strangers_see_every_change_once_and_in_order(region: RegionProcesses, tmp_path: Path) -> None:
    story = live(region)
    assert [color for _, _, color in story[subject(region, LISTED)]] == ["green", "red", "green"]
    changes = sum(map(len, story.values()))
    bootstrap = region.environment["KAFKA_BOOTSTRAP"]
    asyncapi = str(Path("docs/asyncapi.yaml").resolve())

    # by the AsyncAPI document; each record is checked against its schemas by the script
    lines = printed_by(Path("tests/e2e/stranger.py"), [asyncapi, bootstrap, REGION], changes, tmp_path)
    seen: Story = defaultdict(list)
    for key, kind, payload in map(json.loads, lines):
        assert key == payload["subject"]
        if kind == "CodeChanged":
            version = f"{payload['incarnation']}.{payload['version']}"
            seen[key].append((version, payload["previous"], payload["color"]))
    assert seen == story

    # by the example of the documentation, as it stands there but for the broker and the region
    page = Path("docs/events.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(example.replace("127.0.0.1:9092", bootstrap).replace("330000", REGION), "utf-8")
    told: dict[str, list[list[str]]] = defaultdict(list)
    for line in printed_by(script, [], changes, tmp_path):
        who, *rest = line.split(" ")
        told[who].append(rest[:4])
    assert told == {
        who: [[version.partition(".")[2], previous, "→", color] for version, previous, color in of_one]
        for who, of_one in story.items()
    }
