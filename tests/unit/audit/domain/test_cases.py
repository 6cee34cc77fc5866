"""The packs of the regions do what their tables of cases say, and have a text for all that they say."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from healthcode.events import Event, ListingRecorded
from healthcode.values import Attestation, Category, Symptom, TestResult
from services.audit.domain import Areas, Policy, load_policy, review
from tests.unit.audit.domain import making
from tests.unit.audit.domain.making import REGIONS, ZONE

PACKS = sorted(REGIONS.glob("*/policy/*.yaml"))


def _time(value: str | datetime | date) -> datetime:
    """A time as the tables write it, `2020-02-11 10:00`."""
    return datetime.strptime(str(value), "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


def _listing(fact: dict[str, Any]) -> ListingRecorded:
    kind = next(kind for kind in ("listed", "changed", "withdrawn") if kind in fact)
    since = _time(fact["from"])
    return making.listed(
        Category(fact[kind]),
        since,
        _time(fact["until"]) if "until" in fact else None,
        revision=1 if kind == "listed" else 2,
        recorded_at=_time(fact["recorded"]) if "recorded" in fact else since,
        withdrawn=kind == "withdrawn",
    )


def _events(fact: dict[str, Any], number: int) -> Iterator[Event]:
    temperature = fact.get("temperature")
    symptoms = tuple(Symptom(each) for each in fact.get("symptoms", ()))
    if "declared" in fact:
        stays = tuple(making.stay(*each) for each in fact.get("stays", ()))
        by = Attestation(fact.get("by", "self"))
        when, contact = _time(fact["declared"]), fact.get("contact", False)
        yield making.declared(when, "d1", temperature, symptoms, contact=contact, stays=stays, by=by)
    elif "confirmed" in fact:
        yield making.answered(_time(fact["confirmed"]), "d1")
    elif "check_ins" in fact:
        first, last = fact["check_ins"]
        for day in range((last - first).days + 1):
            yield making.checked_in(first + timedelta(days=day), temperature or 36.5, symptoms)
    elif "tested" in fact:
        yield making.sampled(_time(fact["sampled"]), TestResult(fact["tested"]), f"t{number}")
    elif "trip" in fact:
        yield making.trip(_time(fact["trip"]), fact["area"], fact["since"], fact.get("until"))
    elif "area" not in fact:
        yield _listing(fact)


def _cases() -> Iterator[Any]:
    for pack in PACKS:
        table = pack.parent.parent / "cases" / pack.name
        for case in yaml.safe_load(table.read_text("utf-8")):
            yield pytest.param(pack, case, id=f"{pack.parent.parent.name}: {case['name']}")


@pytest.mark.parametrize(("pack", "case"), [*_cases()])
def test_case(pack: Path, case: dict[str, Any]) -> None:
    policy, areas, events = _situation(pack, case)
    for expected in case["then"]:
        now = _time(expected["at"])
        known = making.dossier(event for event in events if _known_at(event) <= now)
        finding = review(known, areas, policy, now, ZONE)
        until = None if finding.until is None else finding.until.astimezone(ZONE)
        assert (finding.color, [hit.rule for hit in finding.hits]) == (expected["color"], expected["rules"]), now
        assert until == (_time(expected["until"]) if "until" in expected else None), now


@pytest.mark.parametrize(("pack", "case"), [*_cases()])
def test_nothing_changes_between_reviews(pack: Path, case: dict[str, Any]) -> None:
    """Every case, looked at each hour for ten weeks: what is visible changes at the announced times alone."""
    policy, areas, events = _situation(pack, case)
    known, time = making.dossier(events), _time(case["then"][0]["at"])
    finding = review(known, areas, policy, time, ZONE)
    for _ in range(70 * 24):
        time += timedelta(hours=1)
        later = review(known, areas, policy, time, ZONE)
        if finding.next_review is None or time < finding.next_review:
            assert later.digest == finding.digest, time
        finding = later


def _situation(pack: Path, case: dict[str, Any]) -> tuple[Policy, Areas, list[Event]]:
    areas = Areas.from_rows(
        (fact["area"], fact["level"], _time(fact["from"]), None) for fact in case["facts"] if "level" in fact
    )
    numbers = count(1)
    events = [event for fact in case["facts"] for event in _events(fact, next(numbers))]
    return load_policy(pack.read_text("utf-8"), pack.name), areas, events


def _known_at(event: Event) -> datetime:
    when: datetime = getattr(event, "recorded_at", None) or getattr(event, "at")  # noqa: B009 - the one or the other
    return when


def test_every_region_that_audits_has_a_pack() -> None:
    assert {pack.parent.parent.name for pack in PACKS} >= {"100000", "330000", "420000"}


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.parent.parent.name)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_reason_has_a_text_and_a_source(pack: Path, lang: str) -> None:
    policy = load_policy(pack.read_text("utf-8"), pack.name)
    texts = yaml.safe_load((pack.parent.parent / f"reasons.{lang}.yaml").read_text("utf-8"))
    assert set(texts) == policy.reasons
    assert all(entry["text"] and entry["source"] for entry in texts.values())


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.parent.parent.name)
def test_every_rule_has_a_case(pack: Path) -> None:
    table = yaml.safe_load((pack.parent.parent / "cases" / pack.name).read_text("utf-8"))
    told = {rule for case in table for expected in case["then"] for rule in expected["rules"]}
    rules = {rule.id for rule in load_policy(pack.read_text("utf-8"), pack.name).pack.rules}
    assert rules <= told
