"""Officers and keys: two of them decide, whoever holds the keys carries it out, the catalogue shows it."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.credential import Es256Key, TrustEntry
from healthcode.two_officers import OPEN_FOR, Officer, Word
from services.issuer.api import key_models, models
from services.issuer.domain.trust import stands
from services.issuer.handlers.key_change import is_done, new_key
from services.issuer.ports.reissue import Replacement, Run
from tests.twins.issuer import IssuerTwin
from tests.twins.issuer_findings import BOB, DAY, NOW
from tests.unit.issuer.conftest import Clock
from tests.unit.issuer.test_issuer_api import body, problem

Login = Callable[..., httpx.AsyncClient]
FIRST = {"authority": "330100-cdc", "person": "person-1"}
SECOND = {"authority": "330100-cdc", "person": "person-2"}
WHY = "签名服务器失窃，见事件单〔2020〕3号"


async def revocation(officer: httpx.AsyncClient, key: Es256Key) -> httpx.Response:
    return await officer.post("/v1/keys/revocations", json={"usage": "credential", "key": key.kid.hex(), "why": WHY})


async def test_officers_see_how_the_keys_stand_and_how_far_it_is(login: Login, twin: IssuerTwin, key: Es256Key) -> None:
    twin.reissues.known = [Run(kid=key.kid, started_at=NOW, replaced=5, on_paper=1)]
    seen = body(await login("officer", **FIRST).get("/v1/keys"), key_models.KeysOut)
    assert [(each["usage"], each["stands"]) for each in seen["keys"]] == [("credential", "signs"), ("lists", "signs")]
    assert seen["keys"][0]["key"] == key.kid.hex()
    assert [(each["waiting"], each["replaced"], each["on_paper"]) for each in seen["reissues"]] == [(3, 5, 1)]
    assert (await login("citizen").get("/v1/keys")).status_code == 403


async def test_a_revocation_takes_two_persons(login: Login, key: Es256Key) -> None:
    first, second = login("officer", **FIRST), login("officer", **SECOND)
    made = await revocation(first, key)
    assert made.status_code == 202
    proposal = made.json()["proposal"]
    path = f"/v1/keys/changes/{proposal}/approval"
    problem(await first.post(path, json={}), 403, "key-same-person")
    stranger = login("officer", **{**SECOND, "authority": "330200-cdc"})
    assert (await stranger.post(path, json={})).status_code == 404
    settled = body(await second.post(path, json={"note": "核对无误"}), key_models.KeyChangeOut)
    assert (settled["state"], settled["decided_by"], settled["done"]) == ("approved", "officer-1", False)
    problem(await second.post(path, json={}), 409, "key-change-closed")
    page = body(await first.get("/v1/keys/changes"), key_models.KeyChangePage)
    assert [each["proposal"] for each in page["items"]] == [proposal]


async def test_who_proposed_takes_back_and_nobody_decides_too_late(login: Login, clock: Clock, key: Es256Key) -> None:
    first, second = login("officer", **FIRST), login("officer", **SECOND)
    taken_back, forgotten = [(await revocation(first, key)).json()["proposal"] for _ in range(2)]
    rejected = await first.post(f"/v1/keys/changes/{taken_back}/rejection", json={"why": "误操作，撤回"})
    assert rejected.json()["state"] == "rejected"
    clock.time = NOW + OPEN_FOR
    late = await second.post(f"/v1/keys/changes/{forgotten}/approval", json={})
    problem(late, 409, "key-change-closed")


async def test_what_cannot_be_is_refused(login: Login) -> None:
    officer = login("officer", **FIRST)
    unknown = {"usage": "credential", "key": "00" * 8, "why": WHY}
    problem(await officer.post("/v1/keys/revocations", json=unknown), 409, "no-such-key")
    nobody = login("officer", authority="330100-cdc")
    rotation = {"usage": "lists", "why": WHY}
    problem(await nobody.post("/v1/keys/rotations", json=rotation), 403, "key-officer-unverified")
    made = body(await officer.post("/v1/keys/rotations", json=rotation), key_models.KeyChangeOut, 202)
    assert datetime.fromisoformat(made["begins_at"]) == NOW + 8 * DAY


async def test_a_device_fetches_what_came_in_its_credentials_place(login: Login, twin: IssuerTwin, me: str) -> None:
    old, new = secrets.token_bytes(16), secrets.token_bytes(16)
    path = f"/v1/me/credentials/{old.hex()}/replacement"
    assert (await login("citizen").get(path)).status_code == 404
    twin.reissues.made[old] = Replacement(old, new, me, "HC1:NEW", NOW, NOW + DAY)
    assert body(await login("citizen").get(path), models.ReplacementAnswer)["credential"] == "HC1:NEW"
    twin.reissues.made[old] = Replacement(old, new, BOB, "HC1:NEW", NOW, NOW + DAY)
    assert (await login("citizen").get(path)).status_code == 404


def entry(**changes: Any) -> TrustEntry:
    key = Es256Key.generate()
    window = {"not_before": NOW, "not_after": NOW + 30 * DAY}
    return TrustEntry(kid=key.kid, public_key=key.public_key, region="330000", **{**window, **changes})


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"not_before": NOW + DAY}, "announced"),
        ({}, "signs"),
        ({"signs_until": NOW}, "believed"),
        ({"not_after": NOW}, "over"),
        ({"revoked_at": NOW}, "revoked"),
        ({"revoked_at": NOW + DAY}, "signs"),
    ],
)
def test_how_a_key_stands(changes: dict[str, Any], word: str) -> None:
    assert stands(entry(**changes), NOW) == word


@given(st.integers(0, 24 * 366), st.integers(0, 999_999))
def test_a_rotation_is_done_when_a_key_begins_at_its_time(hours: int, microseconds: int) -> None:
    now = NOW + timedelta(microseconds=microseconds)
    change = new_key("credential", timedelta(hours=hours), Word(Officer("o", "p", "a"), WHY, now, "1"))
    assert change.begins_at is not None
    assert is_done(change, [entry(not_before=change.begins_at, not_after=NOW + 999 * DAY)])
    assert not is_done(change, [entry(not_before=NOW - DAY)])
