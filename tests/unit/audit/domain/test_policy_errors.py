"""A wrong pack is refused by line, with what to write instead."""

import pytest

from services.audit.domain import NoPolicy, PolicyError, PolicySet, load_policy
from tests.unit.audit.domain.making import PACK, at, policy_of

LINE = PACK.count("\n") + 1
WRONG = {
    "{id: A, when: {lsted: {category: [confirmed]}}, color: red, reason: r}": "no predicate 'lsted': write 'listed'",
    "{id: A, when: {listed: {category: [confirmd]}}, color: red, reason: r}": "write 'confirmed', or one of",
    "{id: A, when: {listed: {categry: [confirmed]}}, color: red, reason: r}": "write 'category'",
    "{id: A, when: {contact: {}}, color: green, reason: r}": "write 'yellow' or 'red'",
    "{id: A, when: {contact: {}}, color: red}": "'reason' is missing: add it",
    "{id: A, when: {contact: {}}, color: red, colour: red, reason: r}": "write 'color'",
    "{id: A, when: {contact: {}}, color: red, color: red, reason: r}": "stands twice",
    "{id: A, when: {declared: {missing: true}}, color: red, reason: r}": "put a fact beside it",
    "{id: A, when: {not: {contact: {}}}, color: red, reason: r}": "put a fact beside it",
    "{id: A, when: {any: [{contact: {}}, {not: {contact: {}}}]}, color: red, reason: r}": "put a fact beside it",
    "{id: A, when: {contact: {}}, color: red, hold: {days: 7, from: left_at}, reason: r}": "it gives: declared_at",
    "{id: A, when: {contact: {}}, color: red, hold: {days: 61, from: since}, reason: r}": "less than or equal to 60",
    "{id: A, when: {contact: {}}, color: red, then: {color: yellow, days: 1}, reason: r}": "follows a hold",
    "{id: A, when: {contact: {}}, color: yellow, hold: {days: 7, from: since},"
    " then: {color: yellow, days: 1}, reason: r}": "must be milder",
    "{id: A, when: {contact: {}}, color: red, release: {}, reason: r}": "write `check_ins`, `tests` or `any`",
    "{id: A, when: {stayed: {within_days: 7}}, color: red, reason: r}": "write either `abroad: true`",
    '{id: A, when: {stayed: {areas: ["999999"], within_days: 7}}, color: red, reason: r}': "no division of GB/T 2260",
    "{id: A, when: {temperature: {}}, color: red, reason: r}": "write either `at_least` or `missing_days`",
    "{id: A, when: {temperature: {at_least: 36.5}}, color: red, reason: r}": "37.3",
    "{id: A, when: {declared: {}}, color: red, reason: r}": "write either `missing: true`",
    "{id: A, when: {contact: {}, symptom: {any_of: [fever]}}, color: red, reason: r}": "write one predicate here",
    "{id: A, when: [, color: red}": "not YAML",
    "{id: decided, when: {contact: {}}, color: red, reason: r}": "has a meaning of its own",
    "{id: A, when: {contact: {}}, color: red, hold: {days: 0, from: declared_at}, reason: r}": "write 1 or more",
    "{id: A, when: {listed: {category: [confirmed]}}, color: red, reason: r}": "this may never end",
    "{id: A, when: {any: [{contact: {}}, {listed: {category: [confirmed]}}]}, color: red, reason: r}": "never end",
    "{id: A, when: {contact: {within_days: 7}}, color: red, hold: {days: 7, from: since}, reason: r}": "says nothing",
    "{id: A, when: {contact: {}}, color: red, release: {check_ins: {streak: 7, up_to: true}}, reason: r}": "a hold",
    "{id: A, when: {all: [{contact: {}}, {not: {contact: {}}}]}, color: red, reason: r}": "the rule never holds",
    "{id: A, when: {all: [{symptom: {any_of: [fever], within_days: 3}}, {not: {symptom: {any_of: [fever, cough],"
    " within_days: 7}}}]}, color: red, reason: r}": "the rule never holds",
    "{id: A, when: {all: [{contact: {}}, {declared: {missing: true}}]}, color: red, reason: r}": "nobody who declared",
    "{id: A, when: {all: [{check_in: {missed_days: 2}}, {check_in: {streak: 3}}]}, color: red, reason: r}": "a day",
    "{id: A, when: {tested: {result: negative, count: 4, apart_hours: 24, within_days: 3}}, color: red,"
    " reason: r}": "do not fit into 72 hours",
    "{id: A, when: {check_in: {}}, color: red, reason: r}": "write either `missed_days` or `streak`",
    "{id: A, when: {check_in: {streak: 3}}, color: red, reason: r}": "put a fact beside it",
    "{id: A, when: {present: {}}, color: red, reason: r}": "write `level`, `areas` or both",
    "{id: A, when: {present: {areas: ['999999']}}, color: red, reason: r}": "no division of GB/T 2260",
    "{id: A, when: {present: {level: [high]}}, color: red, hold: {days: 7, from: left_at}, reason: r}": "leave hold",
    "{id: A, when: {stayed: {areas: ['420000'], between: [2020-02-02, 2020-02-01], within_days: 7}}, color: red,"
    " reason: r}": "earlier day first",
}


@pytest.mark.parametrize(("rule", "advice"), WRONG.items(), ids=lambda text: text[:60])
def test_a_wrong_rule(rule: str, advice: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy_of(rule)
    assert caught.value.found[0].startswith(f"sample.yaml:{LINE}:")
    assert advice in str(caught.value)


def test_the_line_is_that_of_the_part() -> None:
    when = "all:\n        - contact: {}\n        - symptom: {any_of: [fver]}"
    rule = f"id: A\n    when:\n      {when}\n    color: red\n    reason: r"
    with pytest.raises(PolicyError, match=rf"^sample.yaml:{LINE + 4}: .*'fever'"):
        policy_of(rule)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        policy_of("{id: A, when: {contact: {}}, color: blue}", "{id: B, when: {contact: {}}, color: red}")
    assert len(caught.value.found) == 3


def test_an_id_is_given_once() -> None:
    rule = "{id: A, when: {contact: {}}, color: red, reason: r}"
    with pytest.raises(PolicyError, match=rf"^sample.yaml:{LINE + 1}: the id 'A' is taken"):
        policy_of(rule, rule)


def test_a_time_needs_its_zone() -> None:
    text = PACK.replace("T00:00:00+08:00", "T00:00:00") + "  - {id: A, when: {contact: {}}, color: red, reason: r}\n"
    with pytest.raises(PolicyError, match=r"^x.yaml:3: .*needs its zone"):
        load_policy(text, "x.yaml")


@pytest.mark.parametrize("text", ["", "- 1", "policy: 1", "\x00"])
def test_no_pack_at_all(text: str) -> None:
    with pytest.raises(PolicyError, match=r"^x.yaml:1: "):
        load_policy(text, "x.yaml")


LISTED = "{{id: {}, when: {{listed: {{category: [{}]}}}}, color: {}, hold: {{days: {}, from: {}}}, reason: r}}"


def test_a_rule_that_never_decides() -> None:
    yellow = LISTED.format("B", "confirmed", "yellow", 7, "listed_at")
    with pytest.raises(PolicyError, match=rf"^sample.yaml:{LINE + 1}: this never decides: .* red by rule 'A'"):
        policy_of(LISTED.format("A", "confirmed, suspected", "red", 7, "listed_at"), yellow)
    policy_of(LISTED.format("A", "confirmed, suspected", "red", 6, "listed_at"), yellow)
    policy_of(LISTED.format("A", "confirmed, suspected", "red", 7, "delisted_at"), yellow)


def test_policies_follow_one_another() -> None:
    rule = "  - {id: A, when: {contact: {}}, color: red, reason: r}\n"
    first = load_policy(PACK + rule, "1.yaml")
    second = load_policy(PACK.replace("effective: 2020-02-11", "effective: 2020-02-20") + rule, "2.yaml")
    policies = PolicySet([second, first])
    assert policies.at(at(19)) is first
    assert policies.at(at(20, 0)) is second
    assert policies.next_change(at(19)) == at(20, 0)
    assert policies.next_change(at(20, 0)) is None
    with pytest.raises(NoPolicy, match="the first begins at"):
        policies.at(at(10))


def test_policies_do_not_collide() -> None:
    one = policy_of("{id: A, when: {contact: {}}, color: red, reason: r}")
    with pytest.raises(ValueError, match="at the same time"):
        PolicySet([one, one])
    with pytest.raises(ValueError, match="needs a policy"):
        PolicySet([])
