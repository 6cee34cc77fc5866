"""Credentials of other regions: believed by the national catalogue, and nobody is let in on an unknown standing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from healthcode.credential import (
    Claims,
    Es256Key,
    StatusList,
    StatusReference,
    TrustEntry,
    TrustList,
    Usage,
    Verdict,
    encode,
    sign_list,
    verify,
)
from healthcode.values import Status
from services.issuer.api import models, reports
from services.issuer.domain.trust import CatalogueFault, believed
from services.issuer.ports.abroad import Wanted
from tests.support.holders import Holder
from tests.twins.issuer_abroad import ListsAbroadTwin
from tests.twins.issuer_findings import DAY, NOW
from tests.twins.issuer_places import ScansTwin
from tests.unit.issuer.conftest import REGION
from tests.unit.issuer.test_issuer_api import body

Login = Callable[..., httpx.AsyncClient]
HUBEI = Es256Key.generate()


def jwk(key: Es256Key) -> dict[str, Any]:
    return dict(ECKey.import_key(key.to_pem()).as_dict(private=False))


def catalogue(**changes: Any) -> dict[str, Any]:
    member = {
        "code": "420000",
        "credential": [jwk(HUBEI)],
        "lists": [jwk(HUBEI)],
        "valid_from": "2020-01-01T00:00:00+00:00",
        "valid_until": "2021-01-01T00:00:00+00:00",
    }
    return {"regions": [{**member, **changes}]}


def shown(issuer: str = "420000", key: Es256Key = HUBEI) -> str:
    """As an app shows it, live."""
    holder = Holder()
    holder.credential = credential(issuer, key, holder.point)
    return holder.show(NOW.timestamp())


def credential(issuer: str = "420000", key: Es256Key = HUBEI, holder_key: bytes | None = None) -> str:
    claims = Claims(
        issuer=issuer,
        issued_at=NOW,
        expires_at=NOW + DAY,
        credential_id=bytes(16),
        status=Status.LOW,
        since=NOW,
        region=issuer,
        status_list=StatusReference(5, "20200211-0"),
        holder_key=holder_key,
    )
    return encode(claims, key)


async def take_list(lists: ListsAbroadTwin, revoked: list[int]) -> None:
    """What the other region says of its credentials."""
    data = sign_list(StatusList.of("420000", "20200211-0", revoked, 64, len(revoked), NOW), HUBEI)
    await lists.tried(Wanted("420000", "20200211-0"), NOW, data, len(revoked))


def own(key: Es256Key) -> TrustEntry:
    return TrustEntry(
        kid=key.kid, public_key=key.public_key, region=REGION, not_before=NOW - DAY, not_after=NOW + 99 * DAY
    )


def test_every_regions_key_is_known_by_the_catalogue() -> None:
    trust = believed([own(Es256Key.generate())], catalogue(), REGION)
    assert verify(credential(), trust, NOW).verdict is Verdict.VALID
    assert verify(credential(), believed([], {}, REGION), NOW).verdict is Verdict.UNKNOWN_ISSUER
    assert verify(credential("330000"), trust, NOW).verdict is Verdict.UNKNOWN_ISSUER
    assert len(trust.all(Usage.STATUS_LIST)) == 1
    assert verify(credential(), trust, NOW + timedelta(days=400)).verdict is Verdict.UNKNOWN_ISSUER


def test_ones_own_keys_are_the_catalogues_where_it_has_the_region() -> None:
    key = Es256Key.generate()
    trust = believed([own(key)], catalogue(code=REGION), REGION)
    assert verify(credential(REGION, HUBEI), trust, NOW).verdict is Verdict.VALID
    assert verify(credential(REGION, key), trust, NOW).verdict is Verdict.UNKNOWN_ISSUER


@pytest.mark.parametrize(
    "changes", [{"credential": [{"kty": "EC"}]}, {"valid_from": "soon"}, {"lists": [{}]}, {"lists": 7}]
)
def test_a_key_that_cannot_be_used_is_named(changes: dict[str, Any]) -> None:
    with pytest.raises(CatalogueFault, match="420000"):
        believed([], catalogue(**changes), REGION)


@pytest.fixture
def trust(key: Es256Key) -> TrustList:
    """As the issuer has it, with another region in it."""
    return believed([own(key)], catalogue(), REGION)


async def test_what_was_scanned_offline_is_told_later_with_its_time(login: Login, scans: ScansTwin) -> None:
    gate, holder = login("checkpoint"), Holder()
    holder.credential = credential(holder_key=holder.point)
    then = NOW + timedelta(hours=1)  # the clock of the test stands, so it is told an hour before
    at = {"seen_at": NOW.isoformat()}
    sent = [
        {"credential": holder.show(NOW.timestamp()), **at},
        {"credential": holder.show(NOW.timestamp() - 300), **at},
        {"credential": holder.show(then.timestamp()), "seen_at": then.isoformat()},
        {"credential": "HC1:X", **at},
    ]
    items = body(await gate.post("/v1/passes/reports", json={"scans": sent}), reports.ReportsOut)["items"]
    assert [item["verdict"] for item in items] == ["valid", "not_fresh", "clock_ahead", "malformed"]
    assert [item["guest"] for item in items] == [bytes(16).hex(), None, None, None]
    assert [(scan.late, scan.seen_at, scan.at, scan.origin) for scan in scans.told] == [(True, NOW, NOW, "420000")]
    old = {"scans": [{"credential": "HC1:X", "seen_at": (NOW - timedelta(days=15)).isoformat()}]}
    assert (await gate.post("/v1/passes/reports", json=old)).json()["errors"][0]["code"] == "scan_too_old"
    assert (await login("integrator").post("/v1/passes/reports", json=old)).status_code == 403


async def test_a_code_of_another_region_lets_nobody_in_whose_standing_is_not_known(
    login: Login, lists_abroad: ListsAbroadTwin, scans: ScansTwin
) -> None:
    gate = login("checkpoint")
    answer = body(await gate.post("/v1/verifications", json={"credential": shown()}), models.VerificationAnswer)
    assert (answer["verdict"], answer["region"], answer["color"]) == ("stale_verifier", "420000", None)
    assert (await gate.post("/v1/verifications/number", json={"credential": shown()})).json()["result"] == 7
    await take_list(lists_abroad, [9])
    valid = body(await gate.post("/v1/verifications", json={"credential": shown()}), models.VerificationAnswer)
    assert (valid["verdict"], valid["region"], valid["color"], valid["act"]) == (
        "valid",
        "420000",
        "green",
        "may_enter",
    )
    assert (await gate.post("/v1/verifications/number", json={"credential": shown()})).json()["result"] == 1
    assert valid["guest"] == bytes(16).hex()
    seen = [(scan.credential, scan.origin, scan.seen_at, scan.late) for scan in scans.told]
    assert seen == [(bytes(16).hex(), "420000", NOW, False)] * 2, "recognition hears of what is good, and nothing else"
    await take_list(lists_abroad, [5, 9])
    assert (await gate.post("/v1/verifications", json={"credential": shown()})).json()["verdict"] == "revoked"
    stranger = {"credential": shown("320000", Es256Key.generate())}
    assert (await gate.post("/v1/verifications", json=stranger)).json()["verdict"] == "unknown_issuer"
    assert len(scans.told) == 2
