"""The packs of a region follow one another, and what is activated begins later than now."""

from pathlib import Path

import pytest

from services.audit.domain import PolicyError, load_policies, load_policy, load_successor
from services.audit.domain.policy.load import written
from tests.unit.audit.domain.making import PACK, at

RULE = "  - {id: A, when: {contact: {}}, color: red, reason: r}\n"


def _version(day: int, replaces: int | None = None, head: str = "") -> str:
    text = PACK.replace("2020-02-11", f"2020-02-{day}") + RULE
    return head + (f"replaces: 2020-02-{replaces}\n" if replaces else "") + text


def test_a_region_has_versions_without_a_gap() -> None:
    texts = {"1.yaml": _version(11), "2.yaml": _version(20, 11), "3.yaml": _version(25, 20)}
    assert [policy.version for policy in load_policies(texts).policies] == ["2020-02-11", "2020-02-20", "2020-02-25"]
    until = "until: 2020-02-20T00:00:00+08:00\n"
    assert len(load_policies({"1.yaml": _version(11, head=until), "2.yaml": _version(20, 11)}).policies) == 2


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"1.yaml": _version(11), "3.yaml": _version(25, 20)}, "3.yaml:1: there is a gap: the version before this is"),
        ({"3.yaml": _version(25, 20)}, "3.yaml:1: there is no version '2020-02-20' before this"),
        ({"1.yaml": _version(11), "2.yaml": _version(20)}, "2.yaml:2: `replaces` is missing: write"),
        ({"1.yaml": _version(11), "2.yaml": _version(11)}, "2.yaml:2: 2020-02-11 is the version of 1.yaml too"),
        ({"1.yaml": _version(11), "2.yaml": _version(11, 10)}, "2.yaml:4: 1.yaml begins at the same time"),
        (
            {"1.yaml": _version(11, head="until: 2020-02-19T00:00:00+08:00\n"), "2.yaml": _version(20, 11)},
            "1.yaml:1: there is a gap: the next version begins at 2020-02-20",
        ),
        (
            {"1.yaml": _version(11, head="until: 2020-02-21T00:00:00+08:00\n"), "2.yaml": _version(20, 11)},
            "1.yaml:1: there is an overlap",
        ),
        ({"1.yaml": _version(11, head="until: 2020-02-21T00:00:00+08:00\n")}, "1.yaml:1: no policy is in force after"),
        ({"1.yaml": _version(11, head="until: 2020-02-01T00:00:00+08:00\n")}, "1.yaml:1: this ends before it begins"),
        ({"1.yaml": "a: 1", "2.yaml": "b: 1"}, "2.yaml:1: "),
    ],
)  # fmt: skip
def test_versions_that_do_not_follow(texts: dict[str, str], said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_policies(texts)
    assert any(line.startswith(said) for line in caught.value.found), caught.value.found


def test_what_is_activated_begins_later_than_now_and_than_what_is_in_force() -> None:
    present = load_policies({"1.yaml": _version(11)})
    assert load_successor(_version(20, 11), "2.yaml", present, at(20, 0)).version == "2020-02-20"
    with pytest.raises(PolicyError, match=r"^2.yaml:4: this is in the past: write a time after 2020-02-20T00:01"):
        load_successor(_version(20, 11), "2.yaml", present, at(20, 0, 1))
    with pytest.raises(PolicyError) as caught:
        load_successor(_version(11), "2.yaml", present, at(10, 0))
    assert len(caught.value.found) == 3


@pytest.mark.parametrize("file", sorted(Path("regions").glob("*/policy/*.yaml")), ids=str)
def test_a_pack_that_is_written_reads_as_the_same_pack(file: Path) -> None:
    pack = load_policy(file.read_text("utf-8"), file.name).pack
    assert load_policy(written(pack), file.name).pack == pack
