"""An explanation says what the review found, of every rule, in both languages."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings

from healthcode.events import Event
from healthcode.values import Category, Lang, TestResult
from services.audit.domain import Areas, Considered, Policy, WayOut, considered, review
from services.audit.domain.explain import Part, Speech, condition_text, known_facts, step_text, verdict_text, way_text
from services.audit.domain.explain.phrases import PHRASES
from services.audit.domain.policy import predicates as p
from services.audit.domain.wayout import Step
from tests.support.cases import Table, looks, tables
from tests.unit.audit.domain import strategies as some
from tests.unit.audit.domain.making import (
    NOWHERE,
    ZONE,
    at,
    checked_in,
    decided,
    declared,
    dossier,
    listed,
    on,
    policy,
    policy_of,
    sampled,
)

LANGUAGES: tuple[Lang, ...] = ("zh", "en")
HANGZHOU = policy("330000")


@settings(max_examples=150)
@given(some.histories(), some.areas(), some.policies(), some.moments)
def test_it_is_of_one_mind_with_the_review(history: list[Event], areas: Areas, rules: Policy, now: datetime) -> None:
    known = dossier(history)
    finding, found = review(known, areas, rules, now, ZONE), considered(known, areas, rules, now, ZONE)
    assert [each.rule.id for each in found] == [rule.id for rule in rules.pack.rules]
    hits = {hit.rule: hit for hit in finding.hits}
    for each in found:
        assert (each.verdict == "holds") is (each.rule.id in hits), each
        if each.verdict == "holds":
            assert each.hit == hits[each.rule.id]
        if each.verdict == "over" and each.ended is not None:
            assert each.ended <= now
        assert (each.verdict == "no") is not each.part.holds
        assert_whole(each.part)


def assert_whole(part: Part) -> None:
    """Whether the whole holds follows from its parts."""
    inner = [each.holds for each in part.parts]
    match part.condition:
        case p.All():
            assert part.holds is all(inner)
        case p.Any_():
            assert part.holds is any(inner)
        case p.Not():
            assert inner == [not part.holds]
        case _:
            assert not part.parts
    for each in part.parts:
        assert_whole(each)


@settings(max_examples=100)
@given(some.histories(), some.areas(), some.policies(), some.moments)
def test_every_fact_that_decides_is_among_those_known_and_all_has_words(
    history: list[Event], areas: Areas, rules: Policy, now: datetime
) -> None:
    known = dossier(history)
    finding, found = review(known, areas, rules, now, ZONE), considered(known, areas, rules, now, ZONE)
    for lang in LANGUAGES:
        speech = Speech(lang, ZONE)
        facts = known_facts(known, speech)
        assert {fact for hit in finding.hits for fact in hit.facts} <= {each.id for each in facts}
        assert all(each.text and each.source for each in facts)
        for each in found:
            assert verdict_text(each, speech)
            assert_worded(each.part, speech)


def assert_worded(part: Part, speech: Speech) -> None:
    text = condition_text(part.condition, speech)
    assert text
    assert not {"{", "}"} & set(text), text
    for each in part.parts:
        assert_worded(each, speech)


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_every_condition_of_every_pack_has_words(table: Table) -> None:
    look = next(iter(looks(table)))
    for each in considered(look.known, look.areas, table.policy, look.now, table.zone):
        for lang in LANGUAGES:
            assert_worded(each.part, Speech(lang, ZONE))


def test_both_languages_have_the_same_phrases_with_the_same_parts() -> None:
    assert PHRASES["zh"].keys() == PHRASES["en"].keys()


def verdicts(events: list[Event], now: datetime, rules: Policy = HANGZHOU) -> dict[str, Considered]:
    return {each.rule.id: each for each in considered(dossier(events), NOWHERE, rules, now, ZONE)}


def test_a_hold_that_has_passed_is_told_from_what_never_was() -> None:
    events = [declared(at(1)), listed(Category.CLOSE_CONTACT, at(1)), *(checked_in(on(day)) for day in range(1, 16))]
    found = verdicts(events, at(20))
    assert (found["ZJ-R1"].verdict, found["ZJ-R1"].ended) == ("over", at(15))
    assert found["ZJ-R2"].verdict == "no"
    assert verdict_text(found["ZJ-R1"], Speech("en", ZONE)) == "no longer holds: it was over on 2020-02-15 10:00"


def test_what_officers_exempted_still_shows_that_it_holds() -> None:
    events = [declared(at(1)), listed(Category.CLOSE_CONTACT, at(1)), decided(at(1), at(9), None, ("ZJ-R1",))]
    found = verdicts(events, at(2))["ZJ-R1"]
    assert (found.verdict, found.hit is not None) == ("exempted", True)


def test_a_milder_stage_is_over_when_its_own_days_are() -> None:
    rules = policy_of(
        "{id: A, when: {listed: {category: [inbound]}}, color: red, hold: {days: 3, from: listed_at},"
        " release: {tests: {}}, then: {color: yellow, days: 4}, reason: r}"
    )
    events = [declared(at(1)), listed(Category.INBOUND, at(1)), sampled(at(2), TestResult.NEGATIVE, "t1")]
    assert [verdicts(events, at(day), rules)["A"].verdict for day in (3, 5, 9)] == ["holds", "holds", "over"]
    assert verdicts(events, at(9), rules)["A"].ended == at(8)


@pytest.mark.parametrize(
    ("way", "english", "chinese"),
    [
        (WayOut(at(3), (), at(3)), "The code is green now.", "目前为绿码。"),
        (
            WayOut(at(9), (), at(9)),
            "Green on 2020-02-09 10:00 at the earliest; nothing needs to be done for it.",
            "最早于2020-02-09 10:00转为绿码，无须另行办理。",
        ),
        (
            WayOut(at(6), (Step("declare", at(3)), *(Step("check_in", at(day)) for day in (4, 5, 6))), at(20)),
            (
                "Green on 2020-02-06 10:00 at the earliest, if this is done: declare your health (2020-02-03 10:00);"
                " then a normal check-in on each of 3 days (2020-02-04 to 2020-02-06)."
                " Without doing anything: 2020-02-20 10:00."
            ),
            (
                "如完成以下事项，最早于2020-02-06 10:00转为绿码：进行健康申报（2020-02-03 10:00）；"
                "然后连续3天每日正常打卡（2020-02-04至2020-02-06）。若不办理，则于2020-02-20 10:00转为绿码。"
            ),
        ),
        (
            WayOut(None, (), None),
            (
                "Neither time nor anything that the person can do makes it green within 130 days: an authority has"
                " to end what stands, or it can be contested."
            ),
            "130天内，时间推移或本人办理均不能转为绿码：须由主管机构解除，或由本人提出纠错申请。",
        ),
    ],
)
def test_the_way_out_in_words(way: WayOut, english: str, chinese: str) -> None:
    assert [way_text(way, at(3), Speech(lang, ZONE)) for lang in ("en", "zh")] == [english, chinese]


def test_one_step_in_words() -> None:
    assert step_text(Step("check_in", at(3) + timedelta(days=1)), Speech("zh", ZONE)) == "正常打卡（2020-02-04）"
