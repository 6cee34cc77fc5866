"""The books find each fault: a balanced ledger, and one planted mistake at a time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from demo import books
from demo.books import Account, Watched, audit_books
from demo.ledger import Ledger
from demo.settings import HUBEI, ZHEJIANG
from healthcode.events import CodeChanged, DeclarationAccepted, GuestChanged, ListingRecorded
from healthcode.values import Attestation, Category, Color, EvidenceClass, Status, Way

REGIONS = Path("regions")
NOW = datetime(2020, 2, 12, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=6)
PEOPLE = 20
RED = 4


def declaration(number: int) -> DeclarationAccepted:
    return DeclarationAccepted(
        id=f"{number:032x}",
        subject=f"s{number}",
        at=BEFORE,
        attestation=Attestation.SELF,
        residence="330106",
        temperature=36.5,
    )


def code(number: int, version: int, color: Color, previous: Color) -> CodeChanged:
    return CodeChanged(
        id=f"c{number}-{version}",
        subject=f"s{number}",
        incarnation=1,
        version=version,
        previous=previous,
        color=color,
        act="may_enter",
        since=BEFORE,
        policy="hangzhou",
        policy_version="1",
        finding="f",
        cause="d",
        causes=(f"{number:032x}",) if version == 1 else (),
        evidence=EvidenceClass.LISTED if color is Color.RED else EvidenceClass.SELF_REPORTED,
        changed_at=BEFORE,
    )


def listing(number: int) -> ListingRecorded:
    return ListingRecorded(
        id=f"l{number}",
        subject=f"s{number}",
        entry=f"e{number}",
        revision=1,
        category=Category.CLOSE_CONTACT,
        source="s",
        evidence="e",
        valid_from=BEFORE + timedelta(minutes=1),
        recorded_at=BEFORE + timedelta(minutes=1),
    )


def guest(color: Color, sequence: int) -> GuestChanged:
    return GuestChanged(
        id=f"g{sequence}",
        handle="h",
        origin=ZHEJIANG,
        destination=HUBEI,
        sequence=sequence,
        way=Way.CONVERT,
        status=Status.LOW,
        color=color,
        previous=Color.PENDING,
        evidence=EvidenceClass.NONE,
        rule="r",
        since=BEFORE,
        code_at=BEFORE,
        changed_at=BEFORE,
    )


def topic(region: str, name: str) -> str:
    return f"hc.{region}.{name}"


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """Twenty people of Zhejiang: the first four listed and red, the others green; the first is red in Hubei, too."""
    monkeypatch.setattr(books, "JUDGED", (Color.GREEN, Color.RED))  # so few people have no yellow among them
    made = Ledger()
    for number in range(PEOPLE):
        made.take(topic(ZHEJIANG, "declarations.v1"), declaration(number))
        codes = [code(number, 1, Color.GREEN, Color.PENDING)]
        if number < RED:
            made.take(topic(ZHEJIANG, "facts.v1"), listing(number))
            codes.append(code(number, 2, Color.RED, Color.GREEN))
        for event in codes:
            made.take(topic(ZHEJIANG, "codes.v1"), event)
            made.take(topic(ZHEJIANG, "codes.state.v1"), event)
    made.take(topic(HUBEI, "guests.v1"), guest(Color.GREEN, 2))
    made.take(topic(HUBEI, "guests.v1"), guest(Color.RED, 3))
    return made


ACCOUNT = Account(
    accepted=[f"{number:032x}" for number in range(PEOPLE)],
    people=PEOPLE,
    watched=[Watched(ZHEJIANG, "s0", HUBEI, "h")],
    dead_letters={},
    now=NOW,
)


def test_balanced_books_say_nothing(ledger: Ledger) -> None:
    assert audit_books(ledger, ACCOUNT, REGIONS) == []


def lost_outcome(ledger: Ledger) -> None:
    ledger.outcomes[f"{5:032x}"] = []


def two_outcomes(ledger: Ledger) -> None:
    ledger.outcomes[f"{5:032x}"].append("another")


def lost_event(ledger: Ledger) -> None:
    ledger.stated.remove(f"{5:032x}")


def event_from_nowhere(ledger: Ledger) -> None:
    ledger.stated.add("f" * 32)


def version_twice(ledger: Ledger) -> None:
    ledger.codes[ZHEJIANG, "s5"].append(code(5, 1, Color.GREEN, Color.GREEN))
    ledger.states[ZHEJIANG, "s5"] = ledger.codes[ZHEJIANG, "s5"][-1]


def broken_chain(ledger: Ledger) -> None:
    late = code(5, 2, Color.GREEN, Color.YELLOW)
    ledger.codes[ZHEJIANG, "s5"].append(late)
    ledger.states[ZHEJIANG, "s5"] = late


def old_state(ledger: Ledger) -> None:
    ledger.states[ZHEJIANG, "s0"] = ledger.codes[ZHEJIANG, "s0"][0]


def wrong_color(ledger: Ledger) -> None:
    late = code(5, 2, Color.RED, Color.GREEN)
    ledger.codes[ZHEJIANG, "s5"].append(late)
    ledger.states[ZHEJIANG, "s5"] = late


def code_without_cause(ledger: Ledger) -> None:
    stray = msgspec.structs.replace(code(5, 1, Color.GREEN, Color.PENDING), subject="stranger")
    ledger.codes[ZHEJIANG, "stranger"] = [stray]
    ledger.states[ZHEJIANG, "stranger"] = stray


def wrong_abroad(ledger: Ledger) -> None:
    ledger.guests[HUBEI, "h"].append(guest(Color.GREEN, 4))


def unknown_abroad(ledger: Ledger) -> None:
    del ledger.guests[HUBEI, "h"]


def stray_guest(ledger: Ledger) -> None:
    ledger.guests[HUBEI, "another"] = [guest(Color.GREEN, 2)]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lost_outcome, "no code event names it"),
        (two_outcomes, "has two outcomes"),
        (lost_event, "accepted over HTTP but not on declarations.v1"),
        (event_from_nowhere, "never accepted over HTTP"),
        (version_twice, "do not follow one from the other"),
        (broken_chain, "do not follow one from the other"),
        (old_state, "another code on codes.state.v1"),
        (wrong_color, "another color than the pure rules give"),
        (code_without_cause, "20 people declared, but 21 have a code"),
        (wrong_abroad, "counts elsewhere as something else"),
        (unknown_abroad, "counts elsewhere as something else"),
        (stray_guest, "the guest regions know 2 guests"),
    ],
)
def test_a_planted_fault_is_said(ledger: Ledger, fault: Callable[[Ledger], None], said: str) -> None:
    fault(ledger)
    assert any(said in sentence for sentence in audit_books(ledger, ACCOUNT, REGIONS))


def test_a_guest_judged_by_what_was_shared_is_none_of_those_who_declared(ledger: Ledger) -> None:
    shared = msgspec.structs.replace(listing(0), subject="guest", origin=HUBEI)
    ledger.facts[ZHEJIANG, "guest"] = [shared]
    judged = msgspec.structs.replace(code(0, 1, Color.RED, Color.PENDING), subject="guest", causes=())
    ledger.codes[ZHEJIANG, "guest"] = [judged]
    assert not any("have a code" in sentence for sentence in audit_books(ledger, ACCOUNT, REGIONS))


def test_too_few_of_anything_is_said(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(books, "EXPECTED_OF", PEOPLE)
    wrong = " ".join(audit_books(ledger, ACCOUNT, REGIONS))
    assert "only 0 of 20 people are yellow" in wrong
    assert "only 1 guests changed color" in wrong
    assert "only 0 people were released by time: expected 100" in wrong


def test_dead_letters_are_said(ledger: Ledger) -> None:
    account = replace(ACCOUNT, dead_letters={"hc.330000.facts.v1.dlq": 2})
    assert "2 records are in the dead letters of hc.330000.facts.v1.dlq" in audit_books(ledger, account, REGIONS)
