"""What the vocabulary means, one example each."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from healthcode.events import Event, Stay
from healthcode.values import Attestation, Category, Color, EvidenceClass, Symptom, TestResult
from services.audit.domain import Areas, Finding, Policy, review
from tests.unit.audit.domain.making import (
    NOWHERE,
    ZONE,
    answered,
    at,
    checked_in,
    declared,
    dossier,
    listed,
    on,
    policy,
    policy_of,
    sampled,
    stay,
    trip,
)

HANGZHOU = policy("330000")
HIGH = Areas.from_rows([("330106", "high", at(1), None)])
STAYED = "{id: S, when: {stayed: {level: [high], within_days: 14}}, color: yellow, reason: stayed}"


def look(events: Sequence[Event], now: datetime, rules: Policy = HANGZHOU, areas: Areas = NOWHERE) -> Finding:
    return review(dossier(events), areas, rules, now, ZONE)


def test_a_clean_declaration_is_the_evidence_of_green() -> None:
    finding = look([declared(at(11))], at(11))
    assert (finding.color, finding.act, finding.evidence) == (Color.GREEN, "may_enter", EvidenceClass.SELF_REPORTED)
    assert (finding.hits[0].facts, finding.hits[0].sources) == (("d1",), ("self",))
    assert (finding.until, finding.next_review) == (None, None)
    assert (finding.policy, finding.policy_version) == ("hangzhou", "2020-02-11")


def test_what_another_declares_waits_for_the_person() -> None:
    events = [declared(at(11), by=Attestation.OTHER, symptoms=(Symptom.FEVER,))]
    finding = look(events, at(11))
    assert (finding.color, finding.hits[0].reason, finding.hits[0].facts) == (Color.PENDING, "unconfirmed", ("d1",))
    assert [release.kind for release in finding.hits[0].release] == ["confirmation"]
    assert look([*events, answered(at(12), "d1")], at(12)).color is Color.YELLOW


def test_a_contested_declaration_is_ignored() -> None:
    events = [declared(at(11), by=Attestation.OTHER, contact=True), answered(at(12), "d1", agreed=False)]
    assert look(events, at(12)).hits[0].reason == "undeclared"


def test_the_last_answer_counts() -> None:
    events = [
        declared(at(11), by=Attestation.OTHER),
        answered(at(13), "d1", agreed=False, fact="a2"),
        answered(at(12), "d1", agreed=True, fact="a1"),
    ]
    assert look(events, at(13)).color is Color.PENDING


def test_nobody_contests_what_a_counter_or_they_themselves_declared() -> None:
    for by in (Attestation.SELF, Attestation.COUNTER, Attestation.GUARDIAN):
        events = [declared(at(11), by=by, contact=True), answered(at(12), "d1", agreed=False)]
        assert look(events, at(12)).color is Color.RED


def test_a_listed_person_is_red_without_a_declaration() -> None:
    finding = look([listed(Category.CONFIRMED, at(11))], at(11))
    assert (finding.color, finding.evidence) == (Color.RED, EvidenceClass.LISTED)
    assert (finding.hits[0].sources, finding.hits[0].facts) == (("cdc-330100",), ("e1.1",))


def test_an_entry_counts_from_its_own_time_on() -> None:
    events = [declared(at(11)), listed(Category.CONFIRMED, at(13), recorded_at=at(11))]
    before = look(events, at(12))
    assert (before.color, before.next_review) == (Color.GREEN, at(13))
    assert look(events, at(13)).color is Color.RED


def test_the_highest_revision_counts_whatever_the_order() -> None:
    second = listed(Category.INBOUND, at(11), revision=2, recorded_at=at(12))
    first = listed(Category.CONFIRMED, at(11))
    for events in ([first, second], [second, first]):
        assert [hit.rule for hit in look(events, at(12)).hits] == ["ZJ-Y4"]


def test_every_rule_that_holds_is_named_the_strictest_first() -> None:
    events = [declared(at(11), symptoms=(Symptom.FEVER,), temperature=38.5), listed(Category.CONFIRMED, at(11))]
    assert [hit.rule for hit in look(events, at(11)).hits] == ["ZJ-R1", "ZJ-Y1", "ZJ-Y2"]


def test_progress_and_a_restart_are_shown() -> None:
    events = [listed(Category.CONFIRMED, at(11)), *(checked_in(on(day)) for day in (11, 12, 13))]
    finding = look(events, at(13, 13))
    assert [(each.kind, each.done, each.needed) for each in finding.hits[0].release] == [
        ("time", 0, 1),
        ("check_ins", 3, 14),
    ]
    assert finding.next_review == at(15, 0)  # the first time at which the 14th is missed
    missed = look(events, at(15, 0))
    assert [each.done for each in missed.hits[0].release] == [0, 0]
    assert missed.until == at(28, 0)


def test_an_end_that_is_reached_and_waits_for_an_act_is_no_longer_shown() -> None:
    days = [on(day) for day in range(11, 20)] + [on(day) for day in range(21, 30)] + [on(day, 3) for day in range(1, 5)]
    events = [listed(Category.CONFIRMED, at(11)), *(checked_in(day) for day in days)]
    finding = look(events, at(4, 13, month=3))
    assert (finding.until, finding.next_review) == (at(5, 0, month=3), at(5, 0, month=3))
    assert look(events, at(5, 0, month=3)).until is None


def test_a_check_in_by_another_counts_when_confirmed() -> None:
    rules = policy_of(
        "{id: A, when: {listed: {category: [confirmed]}}, color: red, release: {check_ins: {streak: 2}}, reason: r}"
    )
    events = [
        listed(Category.CONFIRMED, at(11)),
        checked_in(on(11)),
        checked_in(on(12), fact="c2", by=Attestation.OTHER),
    ]
    assert look(events, at(12, 13), rules).color is Color.RED
    assert look([*events, answered(at(12, 13), "c2")], at(12, 13), rules).color is Color.PENDING


def test_one_of_several_releases() -> None:
    rules = policy_of(
        "{id: A, when: {contact: {}}, color: red, reason: r,"
        " release: {any: [{tests: {count: 2, apart_hours: 24}}, {check_ins: {streak: 14}}]}}"
    )
    events = [declared(at(11), contact=True), sampled(at(12)), sampled(at(12, 20), test="t2")]
    shown = look(events, at(13), rules).hits[0].release
    assert [(each.kind, each.done) for each in shown] == [("tests", 1), ("check_ins", 0)]
    assert look([*events, sampled(at(13), test="t3")], at(13), rules).color is Color.GREEN


def test_a_test_before_the_hold_began_releases_nothing() -> None:
    rules = policy_of("{id: A, when: {contact: {}}, color: red, reason: r, release: {tests: {}}}")
    assert look([sampled(at(10)), declared(at(11), contact=True)], at(12), rules).color is Color.RED


def test_a_test_counts_once_it_was_sampled() -> None:
    rules = policy_of("{id: A, when: {contact: {}}, color: red, reason: r, release: {tests: {}}}")
    finding = look([declared(at(11), contact=True), sampled(at(13))], at(12), rules)
    assert (finding.color, finding.next_review) == (Color.RED, at(13))


def test_a_positive_test() -> None:
    rules = policy_of("{id: A, when: {tested: {result: positive, within_days: 14}}, color: red, reason: r}")
    events = [declared(at(10)), sampled(at(11), TestResult.POSITIVE)]
    assert look(events, at(12), rules).next_review == at(25)
    assert look(events, at(25), rules).color is Color.GREEN


def test_a_level_of_a_city_holds_in_its_districts_and_not_the_other_way_round() -> None:
    rules = policy_of(STAYED)
    city = Areas.from_rows([("330100", "high", at(1), None)])
    in_district = [declared(at(11), stays=(stay("330106", on(1), on(10)),))]
    in_city = [declared(at(11), stays=(stay("330100", on(1), on(10)),))]
    assert look(in_district, at(11), rules, city).color is Color.YELLOW
    assert look(in_city, at(11), rules, HIGH).color is Color.GREEN


def test_a_level_counts_for_who_was_there_while_it_was_in_force() -> None:
    rules = policy_of(STAYED)
    events = [declared(at(11), stays=(stay("330106", on(1), on(10)),))]
    assert look(events, at(11), rules, Areas.from_rows([("330106", "high", at(11), None)])).color is Color.GREEN
    until = Areas.from_rows([("330106", "high", at(1), at(3))])
    assert look(events, at(11), rules, until).hits[0].until == at(17)


def test_a_stay_is_over_at_the_end_of_its_last_day() -> None:
    finding = look([declared(at(11), stays=(stay("330106", on(1), on(10)),))], at(11), policy_of(STAYED), HIGH)
    assert (finding.until, finding.next_review, finding.evidence) == (at(25, 0), at(25, 0), EvidenceClass.TRAVELLED)


def test_a_planned_trip_counts_from_its_first_day() -> None:
    events = [declared(at(11)), trip(at(11), "330106", on(13), on(14))]
    before = look(events, at(12), policy_of(STAYED), HIGH)
    assert (before.color, before.next_review) == (Color.GREEN, at(13, 0))
    assert look(events, at(13, 0), policy_of(STAYED), HIGH).color is Color.YELLOW


def test_a_stay_abroad() -> None:
    rules = policy_of("{id: A, when: {stayed: {abroad: true, within_days: 14}}, color: red, reason: r}")
    events = [declared(at(11), stays=(Stay(country="IT", since=on(1), until=on(5)),))]
    assert look(events, at(11), rules, HIGH).color is Color.RED
    assert look(events, at(20), rules, HIGH).color is Color.GREEN


def test_days_without_a_check_in() -> None:
    rules = policy_of("{id: A, when: {check_in: {missed_days: 2}}, color: yellow, reason: r}")
    events = [declared(at(11)), checked_in(on(12))]
    assert look(events, at(14), rules).next_review == at(15, 0)
    assert look(events, at(15, 0), rules).hits[0].release[0].kind == "check_ins"
    assert look([declared(at(11)), checked_in(on(15))], at(15, 13), rules).color is Color.GREEN


def test_an_old_declaration() -> None:
    rules = policy_of("{id: A, when: {declared: {older_than_days: 3}}, color: yellow, reason: r}")
    assert look([declared(at(11))], at(13), rules).next_review == at(14)
    assert look([declared(at(11))], at(14), rules).color is Color.YELLOW


def test_a_declaration_may_run_out() -> None:
    rules = policy_of("{id: A, when: {contact: {}}, color: red, reason: r}", head="declaration_valid_days: 14\n")
    finding = look([declared(at(11))], at(11), rules)
    assert (finding.until, finding.next_review) == (at(25), at(25))
    assert look([declared(at(11))], at(25), rules).hits[0].reason == "expired"


def test_progress_changes_the_digest_and_time_alone_does_not() -> None:
    events = [listed(Category.CONFIRMED, at(11))]
    first = look(events, at(11))
    assert look(events, at(11, 20)).digest == first.digest
    assert look([*events, checked_in(on(11))], at(11, 20)).digest != first.digest


@pytest.mark.parametrize("days", [0, 59])
def test_what_was_stated_is_evidence_for_sixty_days(days: int) -> None:
    rules = policy_of("{id: A, when: {contact: {}}, color: red, reason: r, release: {check_ins: {streak: 14}}}")
    events = [declared(at(11), contact=True)]
    assert look(events, at(11) + timedelta(days=days), rules).color is Color.RED
    assert look(events, at(11) + timedelta(days=60), rules).color is Color.GREEN


def test_a_residence_that_is_stated_by_a_clock_ahead_counts_at_once_and_since_then() -> None:
    rules = policy_of("{id: S, when: {present: {level: [high]}}, color: yellow, reason: stayed}")
    ahead = declared(at(11, 9), residence="330106")
    seen = [look([ahead], now, rules, HIGH) for now in (at(11, 8), at(11, 8, 30), at(11, 10))]
    assert {finding.color for finding in seen} == {Color.YELLOW}
    assert len({finding.digest for finding in seen}) == 1
    assert seen[0].hits[0].since == at(11, 9)
