"""A finding is kept whole, and its bytes are equal exactly when it is."""

from datetime import datetime

from hypothesis import given, settings

from healthcode.events import Event
from services.audit.domain import Areas, Policy, keep, kept, review
from tests.unit.audit.domain import strategies as some
from tests.unit.audit.domain.making import NOWHERE, ZONE, at, declared, dossier, policy


@settings(max_examples=200)
@given(some.histories(), some.areas(), some.policies(), some.moments, some.moments)
def test_what_is_kept_is_read_back(
    history: list[Event], areas: Areas, rules: Policy, now: datetime, later: datetime
) -> None:
    one, other = (review(dossier(history), areas, rules, time, ZONE) for time in (now, later))
    assert kept(keep(one)) == one
    assert (keep(one) == keep(other)) is (one == other)


def test_what_is_kept_of_an_ordinary_person_is_small() -> None:
    finding = review(dossier([declared(at(11), "ab" * 16)]), NOWHERE, policy("330000"), at(11), ZONE)
    assert len(keep(finding)) < 160
