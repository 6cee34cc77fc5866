"""A code that has moved to the person's own region stays away while they live there."""

from datetime import timedelta

import pytest

from healthcode.events import CodeChanged, CodeConfirmed, PersonMoved
from healthcode.values import Color
from services.issuer.domain import Code, Stamp, conclude, move
from services.issuer.handlers.code import move_codes, take_findings
from tests.twins.issuer import IssuerTwin
from tests.twins.issuer_findings import LIFETIME, NOW, finding

STAMP = Stamp("e1", 1, NOW)
LATER = Stamp("e2", 1, NOW + timedelta(hours=1))


@pytest.fixture
def moved() -> Code:
    code = conclude(None, finding(Color.GREEN, 1, residence="620102"), STAMP, LIFETIME).code
    return move(code, "620000", LATER).code


def test_it_is_cancelled_and_says_whereto(moved: Code) -> None:
    state = moved.state
    assert (state.color, state.cause, state.moved_to, state.version) == (Color.CANCELLED, "moved", "620000", 2)
    assert moved.expires_at is None
    assert move(moved, "620000", LATER).event is None, "once"


def test_what_is_found_here_later_is_answered_and_changes_nothing(moved: Code) -> None:
    outcome = conclude(moved, finding(Color.RED, 2, causes=("f-9",), residence="620102"), LATER, LIFETIME)
    assert isinstance(outcome.event, CodeConfirmed)
    assert (outcome.event.color, outcome.event.causes) == (Color.CANCELLED, ("f-9",))
    again = conclude(outcome.code, finding(Color.GREEN, 3, residence=None), LATER, LIFETIME)
    assert again.event is None


def test_who_moves_back_has_a_code_again(moved: Code) -> None:
    outcome = conclude(moved, finding(Color.GREEN, 2, causes=("f-9",), residence="330106"), LATER, LIFETIME)
    assert isinstance(outcome.event, CodeChanged)
    assert (outcome.event.color, outcome.event.moved_to) == (Color.GREEN, None)


async def test_only_who_has_a_code_loses_it() -> None:
    ledger = IssuerTwin()
    first = finding(Color.YELLOW, 1, residence="620102")
    await take_findings(ledger, [first], LIFETIME, NOW, lambda: "i")
    events = [
        PersonMoved(id=f"m{who}", subject=who, region="620000", migration="m", at=NOW)
        for who in (first.subject, "nobody")
    ]
    for _ in range(2):
        await move_codes(ledger, events, NOW, lambda: "i")
    assert [each.color for each in ledger.published if isinstance(each, CodeChanged)] == [
        Color.YELLOW,
        Color.CANCELLED,
    ]
