"""A scan gets one kind of answer, whether a server is asked or a checkpoint has no network."""

import itertools
import secrets
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import pytest

from healthcode.credential import (
    Checker,
    CheckPolicy,
    Es256Key,
    StatusList,
    TrustedRegion,
    TrustEntry,
    TrustList,
    Verdict,
)
from healthcode.values import Color
from services.issuer.domain import Naming, StatusPlace
from services.issuer.handlers.code import take_findings
from services.issuer.handlers.credential import Signer, Wanted, issue, scan
from tests.support.holders import Holder
from tests.twins.issuer import IssuerTwin
from tests.twins.issuer_findings import ALICE, DAY, LIFETIME, NOW, finding

REGION: Final = "330000"
LIST: Final = "20200211-0"
BITS: Final = 64
WEEKS: Final = timedelta(days=30)
POLICIES: Final = (
    CheckPolicy(),
    CheckPolicy(live=False),
    CheckPolicy(paper_age=None),
    CheckPolicy(paper_age=timedelta(days=2), proof_age=timedelta(seconds=5), clock_skew=timedelta(seconds=5)),
)
AGES: Final = (0, -4, -59, 30, 61, 3 * 86_400, 8 * 86_400)
"""Seconds between the issue of the credential, or the proof beside it, and the scan."""


class Shown(NamedTuple):
    """What is held before the scanner: a kind of credential, and what comes with it."""

    kind: str
    proof: str


KINDS: Final = (
    *(Shown("app", proof) for proof in ("none", "live", "elsewhere", "another's", "broken")),
    *(Shown(kind, "none") for kind in ("unbound", "paper", "forged")),
)


@pytest.mark.parametrize("revoked", [False, True], ids=["standing", "revoked"])
@pytest.mark.parametrize("shown", KINDS, ids=" ".join)
async def test_online_and_offline_say_the_same(shown: Shown, *, revoked: bool) -> None:
    twin, key = IssuerTwin(), Es256Key.generate()
    await take_findings(twin, [finding(Color.GREEN, 1)], LIFETIME, NOW, lambda: secrets.token_hex(16))
    text = await made(twin, key, shown)
    if revoked:
        await take_findings(twin, [finding(Color.RED, 2)], LIFETIME, NOW, lambda: secrets.token_hex(16))
    for policy, age, place in itertools.product(POLICIES, AGES, (None, b"a" * 8)):
        now = NOW + timedelta(seconds=age)
        trust = TrustList([known(key)], as_of=now)
        lists = [StatusList.of(REGION, LIST, [1] if revoked else [], BITS, 1, now)]
        offline = Checker(trust, lists, policy).check(text, now, place).verdict
        online = (await scan(twin.credentials, trust, text, now, place=place, policy=policy)).verdict
        assert online is offline, (policy, age, place)


@pytest.mark.parametrize("until", [None, NOW + DAY, NOW], ids=["open", "to come", "over"])
@pytest.mark.parametrize("since", [NOW - DAY, NOW + DAY], ids=["begun", "announced"])
async def test_a_suspended_region_is_told_as_such_with_or_without_a_network(
    since: datetime, until: datetime | None
) -> None:
    twin, key = IssuerTwin(), Es256Key.generate()
    await take_findings(twin, [finding(Color.GREEN, 1)], LIFETIME, NOW, lambda: secrets.token_hex(16))
    text = await made(twin, key, Shown("app", "live"))
    region = TrustedRegion(code=REGION, suspended_since=since, suspended_until=until)
    trust = TrustList([known(key)], [region], as_of=NOW)
    offline = Checker(trust, [StatusList.of(REGION, LIST, [], BITS, 1, NOW)]).check(text, NOW).verdict
    online = (await scan(twin.credentials, trust, text, NOW)).verdict
    holds = since <= NOW and until != NOW
    assert online is offline is (Verdict.SUSPENDED_ISSUER if holds else Verdict.VALID)


async def test_a_code_without_a_holders_key_is_a_picture() -> None:
    twin, key = IssuerTwin(), Es256Key.generate()
    await take_findings(twin, [finding(Color.GREEN, 1)], LIFETIME, NOW, lambda: secrets.token_hex(16))
    text = await made(twin, key, Shown("unbound", "none"))
    trust = TrustList([known(key)])
    assert (await scan(twin.credentials, trust, text, NOW)).verdict is Verdict.NOT_FRESH
    lax = await scan(twin.credentials, trust, text, NOW, policy=CheckPolicy(live=False))
    assert (lax.verdict, lax.code is not None) == (Verdict.VALID, True)


async def made(twin: IssuerTwin, key: Es256Key, shown: Shown) -> str:
    """What the scanner reads."""
    holder, place = Holder(), StatusPlace(LIST, 1)
    wanted = {"app": Wanted(holder.point), "unbound": Wanted(), "forged": Wanted()}.get(
        shown.kind, Wanted(paper=Naming(None, "2X"))
    )
    signs = Es256Key.generate() if shown.kind == "forged" else key
    signer = Signer(REGION, lambda _: signs, DAY, WEEKS)
    issued = await issue(twin.credentials, signer, lambda _: place, lambda: bytes(16), ALICE, NOW, wanted)
    holder.credential = issued.text
    live = holder.show(NOW.timestamp())
    if shown.proof == "another's":
        other = Holder()
        other.credential = issued.text
        return other.show(NOW.timestamp())
    return {"none": issued.text, "live": live, "elsewhere": holder.show(NOW.timestamp(), "HP1:X")}.get(
        shown.proof, "HK1:X" + issued.text
    )


def known(key: Es256Key) -> TrustEntry:
    """The key, good for as long as the test goes."""
    end = NOW + 99 * DAY
    return TrustEntry(kid=key.kid, public_key=key.public_key, region=REGION, not_before=NOW - DAY, not_after=end)
