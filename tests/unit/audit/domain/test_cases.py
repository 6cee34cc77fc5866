"""The packs of the regions do what their tables of cases say, and have a text for all that they say."""

from datetime import timedelta
from typing import Any

import pytest
import yaml

from services.audit.domain import load_policies, review
from services.audit.domain.cases import expected, judged, looks_of, situation, time_of
from tests.support.cases import REGIONS, Table, looks, tables
from tests.unit.audit.domain import making

TABLES = tables()
CASES = [pytest.param(table, case, id=f"{table.name}: {case['name']}") for table in TABLES for case in table.cases]
STEP = timedelta(hours=3)


def _named(table: Table) -> str:
    return table.name


@pytest.mark.parametrize(("table", "case"), CASES)
def test_case(table: Table, case: dict[str, Any]) -> None:
    policy = table.policy
    for look in looks_of(case, table.zone):
        assert judged(look, policy, table.zone) == expected(look), look.now


@pytest.mark.parametrize("table", TABLES, ids=_named)
def test_nothing_changes_between_reviews(table: Table) -> None:
    """Every case, looked at for ten weeks: what is visible changes at the announced times alone."""
    policy = table.policy
    for case in table.cases:
        areas, facts = situation(case, table.zone)
        known, time = making.dossier(event for _, event in facts), time_of(case["then"][0]["at"], table.zone)
        finding = review(known, areas, policy, time, table.zone)
        for _ in range(timedelta(weeks=10) // STEP):
            time += STEP
            later = review(known, areas, policy, time, table.zone)
            if finding.next_review is None or time < finding.next_review:
                assert later.digest == finding.digest, (case["name"], time)
            finding = later


@pytest.mark.parametrize("table", TABLES, ids=_named)
def test_the_order_of_arrival_matters_in_no_case(table: Table) -> None:
    for case in table.cases:
        _, facts = situation(case, table.zone)
        events = [event for _, event in facts]
        assert making.dossier(events) == making.dossier(reversed(events)), case["name"]


def test_every_rule_set_of_the_design_has_a_pack() -> None:
    assert {table.policy.policy for table in TABLES} == {"hangzhou", "hubei", "zhejiang", "jiangsu", "national"}


@pytest.mark.parametrize("region", sorted({table.pack.parents[1].name for table in TABLES}))
def test_the_packs_of_a_region_follow_one_another(region: str) -> None:
    files = sorted((REGIONS / region / "policy").glob("*.yaml"))
    policies = load_policies({file.name: file.read_text("utf-8") for file in files})
    assert [f"{policy.effective:%Y-%m-%d}" for policy in policies.policies] == [file.stem for file in files]


@pytest.mark.parametrize("region", sorted({table.pack.parents[1].name for table in TABLES}))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_reason_has_a_text_a_source_and_its_ways_out(region: str, lang: str) -> None:
    texts: dict[str, Any] = yaml.safe_load((REGIONS / region / f"reasons.{lang}.yaml").read_text("utf-8"))
    mine = [table for table in TABLES if table.pack.parents[1].name == region]
    assert set(texts) == frozenset().union(*(table.policy.reasons for table in mine))
    assert all(entry["text"] and entry["source"] for entry in texts.values())
    for table in mine:
        policy = table.policy
        for look in looks(table):
            finding = review(look.known, look.areas, policy, look.now, table.zone)
            for hit in finding.hits:
                told = texts[hit.reason].get("release", {})
                assert {release.kind for release in hit.release} <= set(told), (table.name, hit.reason)


@pytest.mark.parametrize("table", TABLES, ids=_named)
def test_every_rule_has_a_case(table: Table) -> None:
    told = {rule for case in table.cases for line in case["then"] for rule in line["rules"]}
    assert {rule.id for rule in table.policy.pack.rules} <= told
