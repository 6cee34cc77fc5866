"""Stays that another region shared: judged like any, and never first-hand."""

from typing import Any

import pytest

from healthcode.events import StayRecorded
from healthcode.values import Color, EvidenceClass
from services.audit.domain import Areas, Dossier, apply, review, stays_of
from services.audit.domain.explain.known import known_facts
from services.audit.domain.explain.phrases import Speech
from tests.unit.audit.domain.making import NOWHERE, ZONE, at, dossier, on, policy_of

HIGH = Areas.from_rows([("420106", "high", at(1), None)])
RULES = policy_of("{id: S, when: {stayed: {level: [high], within_days: 14}}, color: yellow, reason: stayed}")


def shared(revision: int = 1, **more: Any) -> StayRecorded:
    values: dict[str, Any] = {
        "id": f"s.{revision}",
        "subject": "g",
        "stay": "s",
        "revision": revision,
        "area": "420106",
        "since": on(5),
        "until": on(9),
        "source": "420000",
        "recorded_at": at(10),
        "origin": "420000",
    }
    return StayRecorded(**{**values, **more})


def test_it_is_judged_by_the_local_policy_and_is_not_first_hand() -> None:
    finding = review(dossier([shared()]), HIGH, RULES, at(11), ZONE)
    assert (finding.color, finding.evidence, finding.first_hand) == (Color.YELLOW, EvidenceClass.TRAVELLED, False)
    assert (finding.hits[0].facts, finding.hits[0].sources) == (("s.1",), ("420000",))
    assert review(dossier([shared()]), NOWHERE, RULES, at(11), ZONE).color is Color.PENDING


@pytest.mark.parametrize("events", [[shared(), shared(2, withdrawn=True)], [shared(2, withdrawn=True), shared()]])
def test_a_withdrawn_one_is_none_in_whatever_order_it_comes(events: list[StayRecorded]) -> None:
    assert review(dossier(events), HIGH, RULES, at(11), ZONE).color is Color.PENDING


def test_it_is_news_once_and_kept() -> None:
    known, is_new = apply(Dossier.empty("g"), shared())
    assert is_new
    assert apply(known, shared()) == (known, False)
    assert Dossier.decode(known.encode()) == known
    assert known.recorded == ("s.1",)


def test_storms_find_it_by_its_area() -> None:
    assert stays_of(shared()) == stays_of(dossier([shared()])) == [("420106", on(5), on(9))]
    assert stays_of(shared(area=None, country="IT")) == []


def test_the_explanation_names_the_region_that_it_is_from() -> None:
    (known,) = known_facts(dossier([shared()]), Speech("en", ZONE))
    assert known.kind == "stay"
    assert "Hubei" in known.source or "420000" in known.source
