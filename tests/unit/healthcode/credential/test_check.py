"""Every kind of answer, from real bytes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from healthcode.credential import (
    Checker,
    CheckPolicy,
    CredentialKind,
    Es256Key,
    StatusList,
    StatusReference,
    TrustedRegion,
    TrustEntry,
    TrustList,
    Verdict,
    encode,
    place_of,
    show,
)
from healthcode.credential.proof import NO_PLACE, split
from healthcode.values import Act, Status
from tests.unit.healthcode.credential.conftest import NOW, MakeClaims

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SIZE = 1 << 12
LIST = StatusReference(index=77, list_id="20200211-0")
GATE = place_of("a gate's challenge")

Shown = Callable[..., str]


@pytest.fixture(scope="session")
def device() -> Es256Key:
    return Es256Key.generate()


@pytest.fixture(scope="session")
def shown(key: Es256Key, device: Es256Key, make_claims: MakeClaims) -> Shown:
    """A live code; `at`, `place` and `by` are the proof's, all else the claims'."""

    def make(at: datetime | None = NOW, place: bytes = NO_PLACE, by: Es256Key = device, **changes: Any) -> str:
        holder_key = device.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        given = {"holder_key": holder_key, "status_list": LIST, "status": Status.LOW} | changes
        text = encode(make_claims(**given), key)
        return text if at is None else show(text, int(at.timestamp()), by.sign, place)

    return make


@pytest.fixture
def fresh_lists() -> StatusList:
    return StatusList.of("330000", LIST.list_id, [78], SIZE, 3, NOW)


@pytest.fixture
def checker(entry: TrustEntry, fresh_lists: StatusList) -> Checker:
    return Checker(believing(entry), [fresh_lists])


def believing(entry: TrustEntry, *, as_of: datetime = NOW, suspended: datetime | None = None) -> TrustList:
    return TrustList([entry], [TrustedRegion(code="330000", suspended_since=suspended)], sequence=1, as_of=as_of)


def test_what_is_shown_live_is_valid_and_tells_the_act(checker: Checker, shown: Shown) -> None:
    answer = checker.check(shown(), NOW)
    assert (answer.verdict, answer.act, answer.repeated) == (Verdict.VALID, Act.MAY_ENTER, False)
    assert answer.lists_as_of == NOW


def test_the_act_is_that_of_the_checkpoints_region(entry: TrustEntry, fresh_lists: StatusList, shown: Shown) -> None:
    acts = {Status.LOW: "may_enter", Status.MEDIUM: "take_test", Status.HIGH: "medical_care"}
    checker = Checker(believing(entry), [fresh_lists], CheckPolicy(acts=acts))
    assert [checker.check(shown(status=status), NOW).act for status in acts] == list(acts.values())


@pytest.mark.parametrize(
    ("later", "verdict"),
    [
        (timedelta(seconds=60), Verdict.VALID),
        (timedelta(seconds=61), Verdict.NOT_FRESH),
        (timedelta(hours=2), Verdict.NOT_FRESH),
        (timedelta(seconds=-60), Verdict.VALID),
        (timedelta(seconds=-61), Verdict.CLOCK_AHEAD),
    ],
)
def test_a_picture_of_it_is_not_fresh_after_a_minute(
    checker: Checker, shown: Shown, later: timedelta, verdict: Verdict
) -> None:
    early = NOW - timedelta(hours=1)
    assert checker.check(shown(at=NOW, issued_at=early), NOW + later).verdict is verdict


def test_without_a_proof_or_with_anothers_it_is_not_fresh(checker: Checker, shown: Shown) -> None:
    assert checker.check(shown(at=None), NOW).verdict is Verdict.NOT_FRESH
    assert checker.check(shown(by=Es256Key.generate()), NOW).verdict is Verdict.NOT_FRESH
    assert checker.check(shown(holder_key=None), NOW).verdict is Verdict.NOT_FRESH


def test_a_proof_is_of_one_credential_alone(checker: Checker, shown: Shown) -> None:
    proof = shown()[: -len(split(shown())[1])]
    other = shown(at=None, credential_id=bytes(16))
    assert checker.check(proof + other, NOW).verdict is Verdict.NOT_FRESH


def test_a_place_that_demands_it_takes_its_own_challenge_alone(checker: Checker, shown: Shown) -> None:
    assert checker.check(shown(place=GATE), NOW, GATE).verdict is Verdict.VALID
    assert checker.check(shown(place=place_of("yesterday's")), NOW, GATE).verdict is Verdict.NOT_FRESH
    assert checker.check(shown(), NOW, GATE).verdict is Verdict.NOT_FRESH


def test_a_repeated_proof_is_told(checker: Checker, shown: Shown) -> None:
    text = shown()
    assert [checker.check(text, NOW).repeated for _ in range(2)] == [False, True]
    assert not checker.check(shown(at=NOW + timedelta(seconds=30)), NOW + timedelta(seconds=30)).repeated


def test_what_is_revoked_stays_so_however_old_the_list(checker: Checker, shown: Shown) -> None:
    revoked = replace(LIST, index=78)
    assert checker.check(shown(status_list=revoked), NOW).verdict is Verdict.REVOKED
    late = NOW + 2 * DAY
    text = shown(status_list=revoked, expires_at=NOW + 3 * DAY)
    assert checker.check(text, late).verdict is Verdict.REVOKED


def test_a_verifier_whose_lists_are_too_old_says_so(entry: TrustEntry, checker: Checker, shown: Shown) -> None:
    late, text = NOW + DAY + MINUTE, shown(at=NOW + DAY + MINUTE, expires_at=NOW + 3 * DAY)
    assert checker.check(text, late).verdict is Verdict.STALE_VERIFIER
    checker.update(lists=[StatusList.of("330000", LIST.list_id, [78], SIZE, 4, late)])
    assert checker.check(text, late).verdict is Verdict.VALID
    assert Checker(believing(entry)).check(shown(), NOW).verdict is Verdict.STALE_VERIFIER
    assert Checker(believing(entry, as_of=NOW - 8 * DAY)).check(shown(), NOW).verdict is Verdict.STALE_VERIFIER
    assert Checker(TrustList([entry])).check(shown(), NOW).verdict is Verdict.STALE_VERIFIER


def test_no_place_and_one_beyond_the_list_let_nobody_in(checker: Checker, shown: Shown) -> None:
    for place in (None, replace(LIST, index=SIZE), replace(LIST, list_id="20200212-0")):
        assert checker.check(shown(status_list=place), NOW).verdict is Verdict.STALE_VERIFIER


def test_an_older_list_takes_nothing_back(checker: Checker, shown: Shown) -> None:
    checker.update(lists=[StatusList.of("330000", LIST.list_id, [], SIZE, 2, NOW)])
    assert checker.check(shown(status_list=replace(LIST, index=78)), NOW).verdict is Verdict.REVOKED


def test_a_suspended_issuer_counts_for_nothing(entry: TrustEntry, fresh_lists: StatusList, shown: Shown) -> None:
    checker = Checker(believing(entry, suspended=NOW), [fresh_lists])
    assert checker.check(shown(issued_at=NOW - DAY / 2), NOW).verdict is Verdict.SUSPENDED_ISSUER
    before = Checker(believing(entry, suspended=NOW + MINUTE), [fresh_lists])
    assert before.check(shown(), NOW).verdict is Verdict.VALID


def test_paper_needs_no_proof_and_counts_as_long_as_the_region_says(
    entry: TrustEntry, fresh_lists: StatusList, shown: Shown
) -> None:
    paper = shown(at=None, kind=CredentialKind.PAPER, masked_name="王*", id_tail="2X", expires_at=NOW + 30 * DAY)
    checker = Checker(believing(entry), [fresh_lists], CheckPolicy(paper_age=DAY, lists_age=30 * DAY))
    assert checker.check(paper, NOW + DAY).verdict is Verdict.VALID
    assert checker.check(paper, NOW + DAY + MINUTE).verdict is Verdict.EXPIRED
    none = Checker(believing(entry), [fresh_lists], CheckPolicy(paper_age=None))
    assert none.check(paper, NOW).verdict is Verdict.EXPIRED


def test_the_other_kinds(checker: Checker, shown: Shown) -> None:
    assert checker.check("https://example.org", NOW).verdict is Verdict.MALFORMED
    assert checker.check("HK1:", NOW).verdict is Verdict.MALFORMED
    assert checker.check(shown(expires_at=NOW + MINUTE), NOW + MINUTE).verdict is Verdict.EXPIRED
    assert checker.check(shown(issuer="420000"), NOW).verdict is Verdict.UNKNOWN_ISSUER
    assert checker.check(shown(at=NOW + 2 * MINUTE, issued_at=NOW + 2 * MINUTE), NOW).verdict is Verdict.CLOCK_AHEAD


def test_a_live_code_fits_the_qr_version_that_old_phones_read(shown: Shown) -> None:
    assert len(shown()) <= 600  # characters: version 15 at level M


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_no_changed_character_is_valid(key: Es256Key, shown: Shown, entry: TrustEntry, at: int, other: str) -> None:
    text = shown()
    at %= len(text)
    changed = text[:at] + other + text[at + 1 :]
    checker = Checker(believing(entry), [StatusList.of("330000", LIST.list_id, [], SIZE, 1, NOW)])
    verdict = checker.check(changed, NOW).verdict
    assert (verdict is Verdict.VALID) == (changed == text)


@given(st.text(max_size=700))
def test_no_text_breaks_it(entry: TrustEntry, text: str) -> None:
    for start in ("", "HK1:", "HC1:"):
        assert Checker(believing(entry)).check(start + text, NOW).verdict is Verdict.MALFORMED


def test_a_policy_without_limits_is_refused() -> None:
    with pytest.raises(ValueError, match="no act for 10"):
        CheckPolicy(acts={Status.LOW: "may_enter", Status.MEDIUM: "may_enter"})
    with pytest.raises(ValueError, match="age limit"):
        CheckPolicy(lists_age=timedelta())
