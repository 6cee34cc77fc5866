"""A region's folder from the templates is right; what is then done wrong with it is told with file and line."""

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.admin import app
from services.folder.check import check_folder
from services.folder.simulate import simulate_folder

NOW = datetime(2026, 3, 1, tzinfo=UTC)
REGIONS = Path("regions")
runner = CliRunner()


def new(into: Path, code: str = "460000", *more: str) -> Path:
    given = ["--way", "convert", "--zone", "Asia/Shanghai", "--pack", "basic", "--first", "2026-03-01", *more]
    done = runner.invoke(app, ["region", "new", code, "--into", str(into), *given])
    assert done.exit_code == 0, done.output
    return into / code


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new(tmp_path_factory.mktemp("made"))


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A folder of the template to spoil."""
    return Path(shutil.copytree(made, tmp_path / made.name))


@pytest.mark.parametrize("code", sorted(path.parent.name for path in REGIONS.glob("*/region.yaml")))
def test_every_region_here_is_right(code: str) -> None:
    assert check_folder(REGIONS / code, NOW) == []


@pytest.mark.parametrize("more", [["--pack", "basic"], ["--pack", "graded"], ["--way", "adopt"], ["--way", "share"]])
def test_what_the_templates_make_is_right_in_any_zone(tmp_path: Path, more: list[str]) -> None:
    made = new(tmp_path, "650000", *more, "--zone", "Asia/Urumqi")
    assert check_folder(made, NOW) == []
    assert not [file for file in made.rglob("*.yaml") if "<<" in file.read_text("utf-8")]


def test_a_table_of_foreign_certificates_is_read_as_the_issuer_reads_it(folder: Path) -> None:
    (folder / "foreign.yaml").write_text("keys: foreign-keys.json\nrows: []\notherwise: unknown\n", "utf-8")
    (said,) = check_folder(folder, NOW)
    assert re.search(r"foreign\.yaml:1: .*foreign-keys\.json", said)


def test_a_folder_that_is_there_is_left_alone(folder: Path) -> None:
    done = runner.invoke(app, ["region", "new", "460000", "--into", str(folder.parent)], input="\n\n\n")
    assert done.exit_code != 0
    assert "is not empty" in str(done.exception)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["999999"], "no GB/T 2260 division"),
        (["460000", "--zone", "Asia/Haikou"], "There is no time zone 'Asia/Haikou'"),
        (["460000", "--first", "tomorrow"], "write it as 2020-02-11"),
        (["460000", "--pack", "none"], "write one of basic, graded"),
    ],
)
def test_what_cannot_be_written_is_told(tmp_path: Path, given: list[str], says: str) -> None:
    done = runner.invoke(app, ["region", "new", *given, "--into", str(tmp_path)], input="\n\n\n")
    assert says in str(done.exception)


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / name
        text = path.read_text("utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new, 1), "utf-8")

    return spoil


POLICY, CASES = "policy/2026-03-01.yaml", "cases/2026-03-01.yaml"
SPOILED = {
    "a code of another folder": (edit("region.yaml", '"460000"', '"330000"'), "region.yaml", '"330000"', "rename"),
    "no such way": (edit("region.yaml", "way: convert", "way: talk"), "region.yaml", "way: talk", "talk"),
    "no such zone": (edit("region.yaml", "Asia/Shanghai", "Asia/Haikou"), "region.yaml", "Haikou", "IANA name"),
    "a code without an issuer": (edit("region.yaml", "issuer, ", ""), "region.yaml", "services:", "needs issuer too"),
    "whose code": (edit("region.yaml", "way: convert", "way: adopt"), "region.yaml", "way:", 'write adopts: "100000"'),
    "a key twice": (edit("region.yaml", "timezone:", "way: share\ntimezone:"), "region.yaml", "way: convert", "twice"),
    "no YAML": (edit("retention.yaml", "dossiers: 30", "dossiers: ["), "retention.yaml", "listings", "not YAML"),
    "a predicate mistyped": (edit(POLICY, "stayed: {level", "staid: {level"), POLICY, "staid", "write 'stayed'"),
    "no policy yet": (edit(POLICY, "effective: 2026", "effective: 2027"), "policy", "", "no policy is in force"),
    "what does not follow": (edit(CASES, "color: green", "color: red"), CASES, "color: red", "gives {color"),
    "no time": (edit(CASES, "2026-03-01 10:00, temperature", "noon, temperature"), CASES, "noon", "no time"),
    "a fact mistyped": (edit(CASES, "sampled: 2026-03-14", "sample: 2026-03-14"), CASES, "sample:", "'sampled'"),
    "a category mistyped": (edit(CASES, "listed: close_contact", "listed: close"), CASES, "listed: close,", "close"),
    "no text": (edit("reasons.zh.yaml", "stayed:", "staid:"), "reasons.zh.yaml", "", "reason stayed has no text"),
    "a source missing": (
        edit("reasons.en.yaml", "  source: health code rules of Hainan\n", ""),
        "reasons.en.yaml", "patient:", "`source`",
    ),
    "a table that is laxer": (
        edit("translation.yaml", '"10", evidence: "*", color: red', '"10", evidence: "*", color: green'),
        "translation.yaml", '"10", evidence: "*", color: green', "is laxer than",
    ),
    "an alarm that never comes": (
        edit("oversight.yaml", "share: 0.01", "share: 0"), "oversight.yaml", "bulk_recoloring", "share",
    ),
    "retention too short": (edit("retention.yaml", "tests: 365", "tests: 30"), "retention.yaml", "tests:", "write 180"),
    "a file by another name": (
        lambda folder: (folder / "translation.yaml").rename(folder / "translations.yaml"), "translations.yaml", "",
        "nothing reads this file",
    ),
}  # fmt: skip


@pytest.mark.parametrize("spoiled", SPOILED)
def test_what_is_wrong_is_told_with_its_line(folder: Path, spoiled: str) -> None:
    spoil, name, within, says = SPOILED[spoiled]
    spoil(folder)
    told = check_folder(folder, NOW)
    found = [re.fullmatch(r"(.*?):(\d+): (.*)", each) for each in told]
    assert all(found), told
    mine = [each for each in found if each and each[1].endswith(name) and says in each[3]]
    assert mine, told
    if within:
        lines = (folder / name).read_text("utf-8").splitlines()
        assert any(within in lines[int(each[2]) - 1] for each in mine), told


def test_a_rule_without_a_case_is_told(folder: Path) -> None:
    path = folder / CASES
    path.write_text(path.read_text("utf-8").replace("46-Y2", "46-Y1"), "utf-8")
    assert any("no case shows rule 46-Y2" in each for each in check_folder(folder, NOW))


def test_a_simulation_counts_everybody_and_goes_to_each_neighbor_and_home(made: Path) -> None:
    answer = simulate_folder(made, REGIONS, 300, 1)
    (policy,) = answer["policies"]
    assert all(sum(count for name, count in day.items() if name != "day") == 300 for day in policy["days"])
    assert policy["unseen"] == []
    by_rule = {rule["rule"]: rule for rule in policy["rules"]}
    assert by_rule["46-Y2"]["not_released"] == 0, "a stay ends by itself"
    zhejiang = next(each for each in answer["neighbors"] if each["region"] == "330000")
    assert {"color": "yellow", "evidence": "contact", "status": "01", "there": "red", "home": "yellow"} in zhejiang[
        "leaving"
    ]
    gansu = next(each for each in answer["neighbors"] if each["region"] == "620000")
    assert gansu["coming"] == [], "who has no code tells none"


def test_the_command_line_says_it_to_people_and_to_programs(folder: Path) -> None:
    right = runner.invoke(app, ["region", "check", str(folder)])
    assert (right.exit_code, "is right" in right.output) == (0, True)
    tried = runner.invoke(app, ["region", "simulate", str(folder), "--beside", str(REGIONS), "--people", "50"])
    assert tried.exit_code == 0, tried.output
    assert "46-R2" in tried.output
    edit("region.yaml", "way: convert", "way: talk")(folder)
    wrong = runner.invoke(app, ["region", "check", str(folder), "--json"])
    problem: dict[str, Any] = json.loads(wrong.output)["problems"][0]
    assert (wrong.exit_code, problem["line"]) == (1, 6)
    nowhere = runner.invoke(app, ["region", "check", str(folder / "none")])
    assert "region new CODE" in str(nowhere.exception)
