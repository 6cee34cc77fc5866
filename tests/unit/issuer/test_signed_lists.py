"""What verifiers fetch: signed, and read with the library that they use."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from healthcode.credential import Es256Key, TrustEntry, TrustList, Usage, read_delta, read_list
from healthcode.credential.status_list import DELTA, FULL
from healthcode.events import FindingConcluded
from healthcode.values import Color
from services.issuer.handlers.code import take_findings
from tests.twins.issuer import IssuerTwin
from tests.twins.issuer_findings import LIFETIME, NOW, finding
from tests.unit.issuer.conftest import REGION, Clock, Login

LIST = "/v1/status-lists/20200211-0"


@pytest.fixture
def believed(lists_key: Es256Key, trust: TrustList) -> TrustList:
    entry: TrustEntry = trust.all(Usage.CREDENTIAL)[0]
    usages = frozenset({Usage.STATUS_LIST})
    return TrustList([replace(entry, kid=lists_key.kid, public_key=lists_key.public_key, usages=usages)])


async def take(twin: IssuerTwin, found: FindingConcluded, at: datetime = NOW) -> None:
    await take_findings(twin, [found], LIFETIME, at, lambda: secrets.token_hex(16))


async def issued(twin: IssuerTwin, login: Login, me: str) -> None:
    await take(twin, finding(Color.GREEN, 1, me))
    assert (await login("citizen").post("/v1/me/credentials", json={})).is_success


async def test_a_list_and_what_is_new_are_signed_by_the_region(
    twin: IssuerTwin, login: Login, anyone: httpx.AsyncClient, clock: Clock, believed: TrustList, me: str
) -> None:
    await issued(twin, login, me)
    answer = await anyone.get(LIST, headers={"accept": FULL})
    before = read_list(answer.content, believed)
    assert (answer.headers["content-type"], before.issuer, before.as_of) == (FULL, REGION, NOW)
    assert not any(before.bits)
    clock.time = NOW + timedelta(minutes=20)
    await take(twin, finding(Color.RED, 2, me), clock.time)
    changed = await anyone.get(f"{LIST}?since={before.version}")
    delta = read_delta(changed.content, believed)
    assert (changed.headers["content-type"], len(delta.newly)) == (DELTA, 1)
    whole = read_list((await anyone.get(LIST, headers={"accept": FULL})).content, believed)
    assert before.after(delta) == whole
    clock.time += timedelta(minutes=20)
    nothing = read_delta((await anyone.get(f"{LIST}?since={whole.version + 301}")).content, believed)
    assert nothing.newly == ()


async def test_a_revocation_that_was_committed_late_is_in_the_next_delta(
    twin: IssuerTwin, login: Login, anyone: httpx.AsyncClient, clock: Clock, believed: TrustList, me: str
) -> None:
    await issued(twin, login, me)
    clock.time = NOW + timedelta(minutes=2)
    whole = read_list((await anyone.get(LIST, headers={"accept": FULL})).content, believed)
    await take(twin, finding(Color.RED, 2, me), NOW + timedelta(minutes=1))
    delta = read_delta((await anyone.get(f"{LIST}?since={whole.version}")).content, believed)
    assert len(delta.newly) == 1
