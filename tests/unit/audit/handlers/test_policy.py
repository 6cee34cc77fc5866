from datetime import timedelta
from pathlib import Path

import pytest

from services.audit.domain import PolicySet, load_policy, timeline
from services.audit.handlers.policy import (
    Activation,
    Book,
    Rollback,
    activate,
    candidate_of,
    check_packs,
    register_policies,
    roll_back,
)
from services.audit.ports.entry import Refused
from services.audit.ports.policy import PackFault
from services.audit.ports.proposal import Proposal
from tests.twins.audit import AreaTwin
from tests.twins.audit_behaviour import DAY, NOW
from tests.unit.audit.domain.making import PACK, ZONE

RULE = "  - {{id: {}, when: {{contact: {{}}}}, color: red, reason: contact}}\n"
REASONS = frozenset({"contact", "fever"})


def pack(day: int, replaces: str | None = None, rule: str = "A") -> str:
    head = f"replaces: {replaces}\n" if replaces else ""
    return head + PACK.replace("2020-02-11", f"2020-02-{day}") + RULE.format(rule)


BOOK = Book(PolicySet([load_policy(pack(10), "10.yaml")]), ZONE)


def proposal(name: str = "p1") -> Proposal:
    return Proposal(
        id=name, kind="policy-activation", body=b"", why="", authority="cdc-330100", proposed_by="o1",
        proposed_person="p-1", proposed_at=NOW, ends_at=NOW + DAY,
    )  # fmt: skip


async def test_new_policies_concern_everybody_once() -> None:
    twin = AreaTwin()
    assert await register_policies(twin, "digest", NOW)
    assert not await register_policies(twin, "digest", NOW)
    assert twin.storms == [(None, "policy", 2)]


async def test_an_activation_and_a_rollback_are_facts_that_concern_everybody() -> None:
    twin = AreaTwin()
    wanted = Activation("12.yaml", pack(12, "2020-02-10"), NOW + DAY)
    await activate(twin, BOOK, REASONS, wanted, proposal(), NOW)
    then = NOW + 2 * DAY
    await roll_back(twin, BOOK, Rollback("2020-02-10", None), proposal("p2"), then)
    assert twin.storms == [(None, "policy", 2), (None, "policy", 3)]
    versions = [(each.version, each.effective) for each in timeline(BOOK.base, twin.acts).policies]
    assert versions[1:] == [("2020-02-12", NOW + DAY), ("2020-02-10", then)]
    assert [(event.id, event.key) for event in twin.published] == [("p1", "sample"), ("p2", "sample")]
    again = Activation("13.yaml", pack(13, "2020-02-12"), then + DAY)
    with pytest.raises(PackFault, match=r"^13.yaml:1: there is a gap: the version before this is 2020-02-10"):
        await activate(twin, BOOK, REASONS, again, proposal("p3"), then)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (pack(12, "2020-02-10").replace("contact: {}", "contct: {}"), "n.yaml:11: rules.0.when: there is no predicate"),
        (pack(12, "2020-02-10") + RULE.format("A"), "n.yaml:12: the id 'A' is taken by an earlier rule: write another"),
        (
            pack(12, "2020-02-10") + RULE.format("B").replace("red", "yellow"),
            "n.yaml:12: this never decides: whom it concerns is red by rule 'A' at least as long: leave one out",
        ),
        (
            pack(12, "2020-02-10").replace("{contact: {}}", "{listed: {category: [confirmed]}}"),
            "n.yaml:11: this may never end, for an entry may have no end: write `hold: {days: 0, from: delisted_at}`",
        ),
        (pack(12), "n.yaml:2: `replaces` is missing: write `replaces: 2020-02-10`"),
        (pack(12, "2020-02-09"), "n.yaml:1: there is a gap: the version before this is 2020-02-10: write it"),
        (pack(10, "2020-02-10", "B"), "n.yaml:4: this is in the past: write a time after 2020-02-11T04:00:00"),
        (pack(10, "2020-02-10", "B"), "n.yaml:3: 2020-02-10 was taken before: write another"),
        ("until: 2020-02-20T00:00:00+08:00\n" + pack(12, "2020-02-10"), "n.yaml:1: no policy is in force after this"),
        (pack(12, "2020-02-10").replace("reason: contact", "reason: contct"), "n.yaml:11: the reason 'contct' has no"),
        (pack(12, "2020-02-10").replace("2020-02-12T00:00:00+08:00", "2020-02-12"), "n.yaml:4: effective: "),
        ("policy: [", "n.yaml:1: not YAML: "),
    ],
)  # fmt: skip
def test_a_bad_pack_is_refused_with_its_line_and_what_to_write(text: str, said: str) -> None:
    with pytest.raises(PackFault) as caught:
        check_packs({"n.yaml": text}, BOOK.base, REASONS, NOW)
    assert any(line.startswith(said) for line in str(caught.value).splitlines()), str(caught.value)


def test_a_pack_that_ends_leaves_no_gap_before_the_next() -> None:
    ending = PolicySet([load_policy("until: 2020-02-20T00:00:00+08:00\n" + pack(10), "10.yaml")])
    with pytest.raises(PackFault, match=r"^n.yaml:5: there is a gap: version 2020-02-10 ends at 2020-02-20"):
        check_packs({"n.yaml": "# next\n" + pack(12, "2020-02-10")}, ending, REASONS, NOW)
    assert check_packs({"n.yaml": pack(20, "2020-02-10")}, ending, REASONS, NOW)


def test_of_a_folder_the_pack_counts_that_the_region_does_not_have() -> None:
    files = {"10.yaml": pack(10), "12.yaml": pack(12, "2020-02-10"), "14.yaml": pack(14, "2020-02-12")}
    assert [each.known for each in check_packs(files, BOOK.base, REASONS, NOW)] == [True, False, False]
    with pytest.raises(Refused, match="one_candidate"):
        candidate_of(files, BOOK.base, REASONS, NOW)
    del files["14.yaml"]
    assert candidate_of(files, BOOK.base, REASONS, NOW)[0].file == "12.yaml"
    with pytest.raises(PackFault, match="past"):
        candidate_of(files, BOOK.base, REASONS, NOW, NOW - timedelta(seconds=1))


@pytest.mark.parametrize("region", ["330000", "420000", "320000", "100000"])
def test_every_region_passes_its_own_check(region: str) -> None:
    folder = Path("regions") / region / "policy"
    texts = {str(file): file.read_text("utf-8") for file in sorted(folder.glob("*.yaml"))}
    present = PolicySet([load_policy(text, file) for file, text in texts.items()])
    assert all(each.known for each in check_packs(texts, present, (), NOW))
