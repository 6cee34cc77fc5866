"""`healthcode foreign read`: by a region's table, with no server."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.code import app
from cli.errors import NOT_ALL, CliError
from tests.unit.healthcode.foreign.makers import NOW, TESTED, dcc
from tests.unit.healthcode.foreign.test_table import DOCUMENT, key, written

AT = ("--at", f"{NOW:%Y-%m-%dT%H:%M:%S}")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "foreign-keys.json").write_bytes(written(key()))
    path = tmp_path / "foreign.yaml"
    path.write_text(json.dumps(DOCUMENT), "utf-8")
    return path


def run(*words: str, **more: Any) -> Result:
    return CliRunner().invoke(app, ["foreign", "read", *words], **more)


def test_a_certificate_is_read_and_judged(table: Path) -> None:
    answer = run(dcc(dcc={"t": [TESTED]}), "-t", str(table), *AT, "--json")
    said = json.loads(answer.stdout)
    assert (answer.exit_code, said["status"], said["row"], said["name"]) == (0, "00", 1, "Erika Müller")
    assert said["facts"][0]["detected"] == "False"
    assert "低风险" in run("-", "-t", str(table), *AT, input=dcc(dcc={"t": [TESTED]}) + "\n").stdout


def test_a_refusal_is_told_in_both_languages(table: Path) -> None:
    answer = run(dcc(kid=b"nobodys!"), "-t", str(table), *AT, "--json")
    said = json.loads(answer.stdout)
    assert (answer.exit_code, said["refusal"]) == (NOT_ALL, "unknown_issuer")
    assert said["text"].startswith("未知的签发机构 / unknown issuer")


def test_a_table_that_is_none_is_named(table: Path) -> None:
    table.write_text("keys: foreign-keys.json\nrows: [", "utf-8")
    broken = run(dcc(), "-t", str(table)).exception
    assert isinstance(broken, CliError)
    assert str(table) in str(broken)
    missing = run(dcc(), "-t", str(table.parent / "none.yaml")).exception
    assert isinstance(missing, CliError)
    assert "docs/foreign.md" in str(missing)
