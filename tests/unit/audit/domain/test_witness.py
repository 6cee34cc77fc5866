"""Witnesses are true, small, and there whenever a pack is changed in what it gives."""

from datetime import datetime

from healthcode.values import Color
from services.audit.domain import Areas, Dossier, Policy, apply, review
from services.audit.domain.witness import Witness, told, witnesses
from tests.support.cases import tables
from tests.unit.audit.domain.making import ZONE, policy_of

START = datetime(2020, 7, 1, 10, tzinfo=ZONE)
RED = "{id: A, when: {listed: {category: [confirmed]}}, color: red, hold: {days: 14, from: listed_at}, reason: r}"


def look(witness: Witness, policy: Policy) -> Color:
    known = Dossier.empty("x")
    for event in witness.events:
        known, _ = apply(known, event)
    return review(known, Areas.from_rows(witness.levels), policy, witness.at, ZONE).color


def test_one_policy_has_no_witness_against_itself() -> None:
    assert witnesses(policy_of(RED), policy_of(RED), START, ZONE) == []


def test_the_smallest_is_told_in_plain_words() -> None:
    other = policy_of(RED.replace("days: 14", "days: 15"))
    found = witnesses(policy_of(RED), other, START, ZONE)
    assert (len(found[0].events), found[0].one.color, found[0].other.color) == (1, Color.PENDING, Color.RED)
    assert told(found[0], "en", ZONE).splitlines() == [
        "On 2020-07-15 10:00, a person of whom this is known:",
        "- listed as confirmed case from 2020-07-01 10:00",
        "is pending under sample 2020-02-11 (undeclared) and red under sample 2020-02-11 (A).",
    ]
    assert "列为确诊病例" in told(found[0], "zh", ZONE)


def test_the_versions_of_a_region_differ_on_witnesses_that_are_true() -> None:
    packs = {table.name: table.policy for table in tables()}
    one, other = packs["420000/2020-02-11"], packs["320000/2020-05-21"]
    found = witnesses(one, other, START, ZONE)
    sizes = [len(each.events) + len(each.levels) for each in found]
    assert sizes == sorted(sizes)
    assert len(found) > 5
    for each in found:
        assert look(each, one) is each.one.color is not each.other.color
        assert look(each, other) is each.other.color
        for lang in ("zh", "en"):
            assert len(told(each, lang, ZONE).splitlines()) >= 3
