"""A text that is no YAML is told with its line and what to write; parts of one that is know their lines."""

from pathlib import Path

import pytest
import yaml

from chassis.documents import DocumentError, read_document
from healthcode.yaml_text import ADVICE

WRONG = {
    "a:\n\tb: 1": (2, "with spaces"),
    "rules:\n  - {id: A}\n - {id: B}": (3, "indent the line"),
    "why: a case: twice": (1, "quotes around a text that has a colon"),
    "a: 1\nb\nc: 2": (3, "write `key: value`"),
    'a: "text': (1, "close the quotes"),
    "a: [1, 2\nb: 3": (2, "close the bracket"),
    "a: @here": (1, "begins with this character"),
    "a: 1\nb: 2\na: 3": (3, "'a' stands twice"),
    "a: {b: 1, b: 2}": (1, "'b' stands twice"),
    "on: 2020-13-45": (1, "month"),
    "a: \x00": (1, "not YAML"),
}


def refusal(folder: Path, text: str) -> str:
    (folder / "region.yaml").write_text(text, "utf-8")
    with pytest.raises(DocumentError) as refused:
        read_document(folder / "region.yaml")
    return str(refused.value)


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_told_with_its_line(text: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, text)
    line, wanted = WRONG[text]
    assert f"region.yaml:{line}: " in said
    assert wanted in said


def test_each_advice_is_given_somewhere(tmp_path: Path) -> None:
    said = [refusal(tmp_path, text) for text in WRONG]
    assert [advice for advice in ADVICE.values() if not any(each.endswith(advice) for each in said)] == []


def test_what_is_read_is_what_yaml_reads(tmp_path: Path) -> None:
    text = "a: [1, {b: 2020-02-11}]\nc:\n  - d: yes\n  - &e {f: 1}\n  - *e\n"
    (tmp_path / "region.yaml").write_text(text, "utf-8")
    document = read_document(tmp_path / "region.yaml")
    assert document.content == yaml.safe_load(text)
    places = ((), ("a", 1, "b"), ("c", 0, "d"), ("c", 1), ("c", "none"))
    assert [document.line(place) for place in places] == [1, 1, 3, 4, 2]
    (tmp_path / "region.yaml").write_text("", "utf-8")
    assert read_document(tmp_path / "region.yaml").content is None
