"""The way out is there on its day for who does what it says, and for nobody who does less."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings

from healthcode.events import Event
from healthcode.values import Attestation, Category, Color
from services.audit.domain import Areas, Dossier, Policy, WayOut, apply, review, way_out
from services.audit.domain.wayout import HORIZON, Step, events_of
from tests.support.cases import Table, looks, tables
from tests.unit.audit.domain import strategies as some
from tests.unit.audit.domain.making import (
    NOWHERE,
    SUBJECT,
    ZONE,
    at,
    checked_in,
    declared,
    dossier,
    listed,
    on,
    policy,
    policy_of,
    stay,
)

HANGZHOU = policy("330000")
HIGH = Areas.from_rows([("420100", "high", at(1), None)])


def out(events: list[Event], now: datetime, rules: Policy = HANGZHOU, areas: Areas = NOWHERE) -> WayOut:
    return way_out(dossier(events), areas, rules, now, ZONE)


def doing(known: Dossier, steps: tuple[Step, ...]) -> Dossier:
    for step in steps:
        for event in events_of(step, known, ZONE):
            known, _ = apply(known, event)
    return known


def test_who_is_green_has_nothing_to_do() -> None:
    assert out([declared(at(11))], at(12)) == WayOut(at(12), (), at(12))


def test_who_has_not_declared_declares() -> None:
    found = out([], at(12))
    assert (found.green, found.unaided, found.act) == (at(12), None, Step("declare", at(12)))


def test_who_was_declared_by_another_confirms() -> None:
    found = out([declared(at(11), by=Attestation.OTHER)], at(12))
    assert (found.green, [step.act for step in found.steps]) == (at(12), ["confirm"])


def test_a_contact_checks_in_on_every_day_that_is_left() -> None:
    events = [declared(at(11), contact=True), *(checked_in(on(day)) for day in range(11, 15))]
    found = out(events, at(15, 8))
    assert (found.green, found.unaided) == (at(25), at(11, month=4))  # what was stated is forgotten after 60 days
    assert [step.act for step in found.steps] == ["check_in"] * 10
    assert found.act == Step("check_in", at(15, 8))


def test_two_tests_bring_a_traveller_nearer() -> None:
    there = declared(at(11), stays=(stay("420106", on(1), on(10)),))
    found = out([there], at(11), areas=HIGH)
    assert found.green == at(12)
    assert found.steps == (Step("test", at(11)), Step("test", at(12)))


def test_nothing_that_a_patient_does_is_enough() -> None:
    rules = policy_of(
        "{id: A, when: {listed: {category: [confirmed]}}, color: red, hold: {days: 0, from: delisted_at}, reason: r}"
    )
    assert out([declared(at(11)), listed(Category.CONFIRMED, at(11))], at(12), rules) == WayOut(None, (), None)


def test_a_contact_who_never_declared_does_so_without_a_lie() -> None:
    found = out([listed(Category.CLOSE_CONTACT, at(11))], at(12))
    known = doing(dossier([listed(Category.CLOSE_CONTACT, at(11))]), found.steps)
    assert found.green is not None
    assert [each.contact for each in known.declared] == [True]


def test_the_test_of_the_tenth_day_is_taken_then() -> None:
    rules = policy_of(
        "{id: A, when: {listed: {category: [close_contact]}}, color: red, hold: {days: 10, from: listed_at},"
        " release: {tests: {from_day: 10}}, reason: r}"
    )
    found = out([declared(at(3)), listed(Category.CLOSE_CONTACT, at(3))], at(4), rules)
    assert found == WayOut(at(13), (Step("test", at(12, 0)),), None)


@settings(max_examples=30)
@given(some.histories(), some.areas(), some.policies(), some.moments)
def test_doing_it_gives_green_on_that_day_and_doing_less_does_not(
    history: list[Event], areas: Areas, rules: Policy, now: datetime
) -> None:
    known = dossier(history)
    now = max(now, datetime.fromtimestamp(known.latest, UTC))
    found = way_out(known, areas, rules, now, ZONE)
    assert_true(known, areas, rules, now, found)


def assert_true(known: Dossier, areas: Areas, rules: Policy, now: datetime, found: WayOut) -> None:
    if found.green is None:
        assert (found.steps, found.unaided) == ((), None)
        return
    assert now <= found.green <= now + HORIZON
    assert found.unaided is None or found.green <= found.unaided
    assert all(now <= step.at <= found.green for step in found.steps)
    after = doing(known, found.steps)
    assert review(after, areas, rules, found.green, ZONE).color is Color.GREEN
    before = found.green - timedelta(seconds=1)
    if now <= before:
        early = tuple(step for step in found.steps if step.at <= before)
        assert review(doing(known, early), areas, rules, before, ZONE).color is not Color.GREEN
    if len(found.steps) == 1:
        assert review(known, areas, rules, found.green, ZONE).color is not Color.GREEN


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_every_case_has_a_true_way_out(table: Table) -> None:
    """Of the packs as they are: also that who does nothing is green when `unaided` says so."""
    for look in looks(table)[::4]:
        found = way_out(look.known, look.areas, table.policy, look.now, table.zone)
        assert_true(look.known, look.areas, table.policy, look.now, found)
        if found.unaided is not None:
            assert review(look.known, look.areas, table.policy, found.unaided, ZONE).color is Color.GREEN


def test_the_empty_dossier_of_every_pack() -> None:
    for table in tables():
        found = way_out(Dossier.empty(SUBJECT), NOWHERE, table.policy, at(12), ZONE)
        assert [step.act for step in found.steps] == ["declare"]
