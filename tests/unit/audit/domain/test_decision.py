"""What officers decide by hand, and what rests on facts of another region."""

from healthcode.values import Category, Color, EvidenceClass
from services.audit.domain import Dossier, Policy, apply, review
from tests.unit.audit.domain.making import (
    NOWHERE,
    ZONE,
    at,
    decided,
    declared,
    dossier,
    listed,
    on,
    policy_of,
    sampled,
    stay,
)

RULES = policy_of(
    "{id: A, when: {listed: {category: [confirmed]}}, color: red, hold: {days: 14, from: listed_at}, reason: r}",
    "{id: B, when: {listed: {category: [inbound]}}, color: yellow, hold: {days: 14, from: listed_at}, reason: r}",
)
BOTH = policy_of(
    "{id: A, when: {all: [{listed: {category: [inbound]}}, {stayed: {areas: ['420000'], within_days: 14}}]},"
    " color: red, hold: {days: 14, from: listed_at}, reason: r}"
)


def test_a_color_is_at_least_what_was_decided_and_ends() -> None:
    known = dossier([declared(at(11)), decided(at(12), at(15), Color.YELLOW)])
    before, during = review(known, NOWHERE, RULES, at(11), ZONE), review(known, NOWHERE, RULES, at(12), ZONE)
    assert (before.color, before.next_review) == (Color.GREEN, at(12))
    assert (during.color, during.until, during.next_review) == (Color.YELLOW, at(15), at(15))
    assert (during.hits[0].rule, during.hits[0].facts, during.hits[0].sources) == (
        "decided",
        ("o1.1",),
        ("cdc-330100",),
    )
    assert during.evidence is EvidenceClass.LISTED
    assert review(known, NOWHERE, RULES, at(15), ZONE).color is Color.GREEN


def test_the_strictest_counts_of_rule_and_decision() -> None:
    known = dossier([declared(at(11)), listed(Category.CONFIRMED, at(11)), decided(at(12), at(15), Color.YELLOW)])
    finding = review(known, NOWHERE, RULES, at(12), ZONE)
    assert (finding.color, [hit.rule for hit in finding.hits]) == (Color.RED, ["A", "decided"])


def test_an_exemption_takes_its_rules_away_and_says_so() -> None:
    events = [declared(at(11)), listed(Category.CONFIRMED, at(11)), listed(Category.INBOUND, at(11), entry="e2")]
    finding = review(dossier([*events, decided(at(12), at(15), exempts=("A",))]), NOWHERE, RULES, at(12), ZONE)
    assert (finding.color, [hit.rule for hit in finding.hits]) == (Color.YELLOW, ["B", "exempted"])
    assert finding.until == at(25)
    everything = review(dossier([*events, decided(at(12), at(15), exempts=("*",))]), NOWHERE, RULES, at(12), ZONE)
    assert (everything.color, everything.until, everything.next_review) == (Color.GREEN, at(15), at(15))


def test_an_exemption_that_takes_nothing_away_is_not_shown() -> None:
    finding = review(dossier([declared(at(11)), decided(at(11), at(15), exempts=("A",))]), NOWHERE, RULES, at(12), ZONE)
    assert [hit.rule for hit in finding.hits] == ["declared"]


def test_a_decision_that_is_withdrawn_or_changed() -> None:
    first = decided(at(12), at(15), Color.RED)
    shorter = decided(at(12), at(13), Color.RED, revision=2)
    withdrawn = decided(at(12), at(15), Color.RED, revision=2, withdrawn=True)
    for events in ([first, shorter], [shorter, first], [first, withdrawn], [withdrawn, first]):
        assert review(dossier([declared(at(11)), *events]), NOWHERE, RULES, at(14), ZONE).color is Color.GREEN


def test_a_decision_is_forgotten_long_after_its_end() -> None:
    known = dossier([decided(at(12), at(15), Color.RED)])
    later, _ = apply(known, declared(at(11, month=12)))
    assert (len(known.decisions), later.decisions) == (1, ())
    assert Dossier.decode(known.encode()) == known


def test_what_another_region_shared_is_not_first_hand() -> None:
    own, shared = listed(Category.CONFIRMED, at(11)), listed(Category.CONFIRMED, at(11), entry="e2", origin="420000")
    assert review(dossier([shared]), NOWHERE, RULES, at(12), ZONE).first_hand is False
    assert review(dossier([own, shared]), NOWHERE, RULES, at(12), ZONE).first_hand is True
    assert review(dossier([declared(at(11))]), NOWHERE, RULES, at(12), ZONE).first_hand is True


def test_a_condition_that_needs_a_shared_fact_is_not_first_hand() -> None:
    there = declared(at(11), stays=(stay("420106", on(1), on(10)),))
    for origin, first_hand in (("420000", False), (None, True)):
        known = dossier([there, listed(Category.INBOUND, at(11), origin=origin)])
        assert review(known, NOWHERE, BOTH, at(12), ZONE).first_hand is first_hand


def test_a_milder_own_rule_makes_no_stricter_shared_one_first_hand() -> None:
    known = dossier([listed(Category.INBOUND, at(11)), listed(Category.CONFIRMED, at(11), entry="e2", origin="420000")])
    assert review(known, NOWHERE, RULES, at(12), ZONE).first_hand is False


def test_a_shared_test_is_not_first_hand() -> None:
    rules: Policy = policy_of("{id: A, when: {tested: {result: negative}}, color: red, reason: r}")
    assert review(dossier([sampled(at(11), origin="420000")]), NOWHERE, rules, at(12), ZONE).first_hand is False
    assert review(dossier([sampled(at(11))]), NOWHERE, rules, at(12), ZONE).first_hand is True
