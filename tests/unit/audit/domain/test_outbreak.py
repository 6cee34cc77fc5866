"""A pack of quite another illness, written from docs/policy.md alone, does what its table says."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from services.audit.domain.cases import expected, judged
from tests.mutation.survivors import equivalent, verdict
from tests.support.cases import REGIONS, looks, table

OUTBREAK = table(Path(__file__).parent / "packs" / "policy" / "observation_outbreak.yaml")
SCHEMA = json.loads(Path("docs/schemas/policy-pack.json").read_text("utf-8"))
PAGE = Path("docs/policy.md")


def test_its_cases() -> None:
    for look in looks(OUTBREAK):
        assert judged(look, OUTBREAK.policy, OUTBREAK.zone) == expected(look), (look.case, look.now)


def test_its_cases_notice_every_change() -> None:
    assert set(verdict(OUTBREAK).survivors) == set(equivalent(OUTBREAK))


@pytest.mark.parametrize("pack", [*sorted(REGIONS.glob("*/policy/*.yaml")), OUTBREAK.pack], ids=lambda path: path.stem)
def test_every_pack_is_right_for_editors(pack: Path) -> None:
    text = pack.read_text("utf-8")
    schema = text.partition("$schema=")[2].partition("\n")[0]
    assert (pack.parent / schema).resolve() == Path("docs/schemas/policy-pack.json").resolve()
    jsonschema.validate(_as_json(yaml.safe_load(text)), SCHEMA)


@pytest.mark.parametrize("wrong", [{"colour": "red"}, {"when": {"lsted": {}}}, {"hold": {"days": 61, "from": "since"}}])
def test_editors_see_what_is_wrong(wrong: dict[str, Any]) -> None:
    document = _as_json(yaml.safe_load(OUTBREAK.pack.read_text("utf-8")))
    document["rules"][0] |= wrong
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_the_page_names_every_key_of_the_schema() -> None:
    text = PAGE.read_text("utf-8")
    keys = {key for part in (*SCHEMA["$defs"].values(), SCHEMA) for key in part.get("properties", {})}
    assert {key for key in keys if key not in text} == set()


def _as_json(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _as_json(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_as_json(value) for value in part]
    return part.isoformat() if isinstance(part, date | datetime) else part
