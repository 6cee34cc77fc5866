"""What becomes of a client, from every state, by every act; and what of a consent is told."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.two_officers import ProposalState, standing
from healthcode.values import ClientState, Color, Scope, Shared
from services.subscription.domain import (
    Application,
    Client,
    Consent,
    Known,
    NotNow,
    Proposal,
    Terms,
    applied,
    changed,
    expired,
    granted,
    newest,
    opened,
    revoked,
    shared,
    suspended,
)
from tests.support.clients import changed_code
from tests.twins.subscription_life import START

APPLICATION = Application(name="门禁", contact="gate@example.com", purpose="核验", wanted=(Scope.VERIFY,))
TERMS = Terms(scopes=(Scope.VERIFY,), per_day=10, per_second=1, expires_at=START + timedelta(days=9))
LATE = START + timedelta(days=9)
S = ClientState


def client(state: ClientState, *, is_open: bool = True) -> Client:
    plain = applied("k3v7q2m5x6aab", "gate", "i1", APPLICATION, START)
    terms = None if state is S.APPLIED else TERMS
    return msgspec.structs.replace(
        plain, state=state, terms=terms, is_open=is_open and state not in (S.APPLIED, S.OPENING)
    )


@pytest.mark.parametrize(
    ("act", "before", "after"),
    [
        *[("grant", state, S.ACTIVE) for state in (S.ACTIVE, S.SUSPENDED, S.EXPIRED)],
        *[("grant", state, S.OPENING) for state in (S.APPLIED, S.OPENING)],
        ("grant", S.REVOKED, None),
        *[("suspend", state, S.SUSPENDED) for state in (S.OPENING, S.ACTIVE)],
        *[("suspend", state, None) for state in (S.APPLIED, S.SUSPENDED, S.EXPIRED, S.REVOKED)],
        *[("revoke", state, S.REVOKED) for state in S if state is not S.REVOKED],
        ("revoke", S.REVOKED, None),
        *[("expire", state, S.EXPIRED) for state in (S.OPENING, S.ACTIVE, S.SUSPENDED)],
        *[("expire", state, state) for state in (S.APPLIED, S.EXPIRED, S.REVOKED)],
        ("open", S.OPENING, S.ACTIVE),
        *[("open", state, state) for state in S if state is not S.OPENING],
    ],
)
def test_each_act_from_each_state(act: str, before: ClientState, after: ClientState | None) -> None:
    acts: dict[str, Any] = {
        "grant": lambda c: granted(c, TERMS, LATE),
        "suspend": lambda c: suspended(c, LATE),
        "revoke": lambda c: revoked(c, LATE),
        "expire": lambda c: expired(c, LATE),
        "open": lambda c: opened(c, LATE),
    }
    if after is None:
        with pytest.raises(NotNow):
            acts[act](client(before))
        return
    found = acts[act](client(before))
    assert found.state is after
    is_moved = found.state is not before or act == "grant"
    assert (found.version, found.changed_at) == ((1, LATE) if is_moved else (0, START))


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("scope", list(Scope))
def test_only_an_active_client_may_do_what_was_granted(state: ClientState, scope: Scope) -> None:
    assert client(state).may(scope) == (state is S.ACTIVE and scope is Scope.VERIFY)


def test_time_that_is_not_over_ends_nothing() -> None:
    active = client(S.ACTIVE)
    assert expired(active, LATE - timedelta(microseconds=1)) is active


def test_what_is_published_is_all_that_a_client_may_do() -> None:
    event = changed(granted(client(S.EXPIRED), TERMS, LATE), "e1", 3)
    assert (event.client, event.account, event.state, event.incarnation, event.version) == (
        "k3v7q2m5x6aab",
        "gate",
        S.ACTIVE,
        3,
        1,
    )
    assert (event.scopes, event.per_day, event.per_second, event.expires_at) == ((Scope.VERIFY,), 10, 1, LATE)
    assert changed(client(S.APPLIED), "e2", 1).scopes == ()


def test_a_proposal_that_nobody_decides_about_expires() -> None:
    proposal = Proposal(
        id="p",
        client="c",
        terms=TERMS,
        why="w",
        proposed_by="o",
        proposed_person="p",
        proposed_at=START,
        ends_at=START + timedelta(hours=72),
    )
    assert standing(proposal, START + timedelta(hours=71)) is proposal
    assert standing(proposal, START + timedelta(hours=72)).state is ProposalState.EXPIRED
    settled = msgspec.structs.replace(proposal, state=ProposalState.APPROVED)
    assert standing(settled, LATE) is settled


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(1, 9)), max_size=20))
def test_what_is_known_is_the_newest_whatever_comes_in_which_order(places: list[tuple[int, int]]) -> None:
    known = Known(subject="somebody")
    for incarnation, version in places:
        known = newest(known, changed_code("somebody", version, Color.RED, incarnation=incarnation))
    assert known.place == max(places, default=(0, 0))


def test_the_words_of_a_consent_are_a_snapshot_changes_and_an_end() -> None:
    consent = Consent(id="c", subject="s", client="k", until=LATE, reference="staff-1", changed_at=START)
    words = []
    for known in (Known(subject="s", incarnation=1, version=1), Known(subject="s", incarnation=1, version=2), None):
        consent, word = shared(consent, known, START, "e", 1, "name")
        words.append((word.version, word.shared, word.subject, word.reference, word.color))
    assert words == [
        (1, Shared.SNAPSHOT, "name", "staff-1", Color.PENDING),
        (2, Shared.CHANGED, "name", "staff-1", Color.PENDING),
        (3, Shared.ENDED, "name", "staff-1", None),
    ]
