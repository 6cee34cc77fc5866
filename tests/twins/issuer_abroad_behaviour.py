"""Fetching lists of other regions, whatever store is under it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from healthcode.credential import (
    Claims,
    Es256Key,
    StatusList,
    StatusReference,
    TrustEntry,
    TrustList,
    Usage,
    Verdict,
    sign_list,
)
from healthcode.values import Status
from services.issuer.handlers.abroad import NotFetched, VerifiedLists, fetch_due
from services.issuer.ports.abroad import ListsAbroad, Wanted
from tests.twins.issuer_findings import DAY, NOW

HUBEI = Es256Key.generate()
TODAY = "20200211-0"
FIRST = Wanted("420000", TODAY)


def trust() -> TrustList:
    entry = TrustEntry(
        kid=HUBEI.kid,
        public_key=HUBEI.public_key,
        region="420000",
        not_before=NOW - DAY,
        not_after=NOW + 99 * DAY,
        usages=frozenset({Usage.STATUS_LIST}),
    )
    return TrustList([entry])


TRUST = trust()


def signed(revoked: list[int], age: timedelta = timedelta(), name: str = TODAY, key: Es256Key = HUBEI) -> bytes:
    at = NOW - age
    return sign_list(StatusList.of("420000", name, revoked, 64, int(at.timestamp()), at), key)


def claims(index: int | None = 5, name: str = TODAY) -> Claims:
    return Claims(
        issuer="420000",
        issued_at=NOW,
        expires_at=NOW + DAY,
        credential_id=bytes(16),
        status=Status.LOW,
        since=NOW,
        region="420000",
        status_list=None if index is None else StatusReference(index, name),
    )


def giving(*answers: bytes | Exception) -> Callable[[Wanted], Awaitable[bytes]]:
    """Gives these, one after another; the last one for ever."""
    left = list(answers)

    async def fetch(_: Wanted) -> bytes:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return fetch


class AbroadBehaviour:
    """Run with a fixture `lists`."""

    async def test_what_nobody_knows_lets_nobody_in_and_is_fetched(self, lists: ListsAbroad) -> None:
        known = VerifiedLists(lists, lambda: TRUST)
        assert await known.standing(claims(), NOW) is Verdict.STALE_VERIFIER
        assert await fetch_due(lists, trust(), giving(signed([7])), (), NOW, 9) == []
        assert await known.standing(claims(5), NOW) is Verdict.VALID
        assert await known.standing(claims(7), NOW) is Verdict.REVOKED
        assert await known.standing(claims(64), NOW) is Verdict.STALE_VERIFIER
        assert await known.standing(claims(None), NOW) is Verdict.STALE_VERIFIER
        assert await known.standing(claims(5, "20200211-1"), NOW) is Verdict.STALE_VERIFIER
        assert await VerifiedLists(lists, lambda: TrustList([])).standing(claims(5), NOW) is Verdict.STALE_VERIFIER

    async def test_a_list_that_is_too_old_says_only_that_something_is_revoked(self, lists: ListsAbroad) -> None:
        known = VerifiedLists(lists, lambda: TRUST)
        await fetch_due(lists, trust(), giving(signed([7])), ["420000"], NOW, 9)
        late = NOW + timedelta(hours=24, seconds=1)
        assert await known.standing(claims(5), late) is Verdict.STALE_VERIFIER
        assert await known.standing(claims(7), late) is Verdict.REVOKED

    async def test_it_is_fetched_each_minute_and_a_newer_one_stays(self, lists: ListsAbroad) -> None:
        known = VerifiedLists(lists, lambda: TRUST)
        fetch = giving(signed([7]), signed([], timedelta(hours=1)), signed([7, 8], -timedelta(minutes=4)))
        await fetch_due(lists, trust(), fetch, ["420000"], NOW, 9)
        await fetch_due(lists, trust(), fetch, ["420000"], NOW + timedelta(seconds=59), 9)
        await fetch_due(lists, trust(), fetch, ["420000"], NOW + timedelta(minutes=2), 9)
        assert await known.standing(claims(7), NOW) is Verdict.REVOKED, "an older one came later"
        assert await known.standing(claims(8), NOW) is Verdict.VALID
        await fetch_due(lists, trust(), fetch, ["420000"], NOW + timedelta(minutes=4), 9)
        assert await known.standing(claims(8), NOW) is Verdict.REVOKED

    async def test_what_is_not_believed_is_not_kept_and_is_told(self, lists: ListsAbroad) -> None:
        known = VerifiedLists(lists, lambda: TRUST)
        stranger = Es256Key.generate()
        wrong = (signed([], key=stranger), signed([], name="20200210-0"), b"not a list", NotFetched("answered 500"))
        now = NOW
        for answer in wrong:
            failed = await fetch_due(lists, trust(), giving(answer), ["420000"], now, 9)
            assert [wanted for wanted, _ in failed] == [FIRST]
            assert failed[0][1]
            assert await known.standing(claims(), now) is Verdict.STALE_VERIFIER
            now += timedelta(seconds=61)

    async def test_what_nobody_asks_about_any_more_is_forgotten(self, lists: ListsAbroad) -> None:
        known = VerifiedLists(lists, lambda: TRUST)
        await fetch_due(lists, trust(), giving(signed([])), ["420000"], NOW, 9)
        assert await lists.forget(NOW) == 0
        assert await lists.due(NOW + DAY, NOW + timedelta(hours=2), 9) == []
        assert await lists.forget(NOW + timedelta(seconds=1)) == 1
        assert await known.standing(claims(), NOW) is Verdict.STALE_VERIFIER
