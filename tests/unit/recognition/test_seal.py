"""The nation as notary: the first seal of a region's day, and no other."""

from datetime import UTC, date, datetime, timedelta

import pytest

from healthcode.credential import Es256Key, TrustEntry, TrustList, Usage, anchored
from healthcode.transparency import Seal, sign_seal
from healthcode.transparency.seal import countersigned
from services.recognition.domain.message import Refusal
from services.recognition.handlers.seal import Notary, countersign_seal
from tests.twins.seals import SealBookTwin

NOW = datetime(2020, 2, 12, 1, tzinfo=UTC)
REGION, NATION = Es256Key.generate(), Es256Key.generate()
LATER = NOW + timedelta(hours=1)


def trust(now: datetime) -> TrustList:
    entry = TrustEntry(
        kid=REGION.kid, public_key=REGION.public_key, region="330000", usages=frozenset({Usage.SEAL}),
        not_before=now - timedelta(days=1), not_after=now + timedelta(days=1),
    )  # fmt: skip
    return TrustList([entry])


NOTARY = Notary(trust, NATION)


def sealed(root: int = 1, region: str = "330000", key: Es256Key = REGION) -> bytes:
    what = Seal(region=region, day=date(2020, 2, 11), size=1, root=bytes([root]) * 32, sealed_at=NOW)
    return sign_seal(what, key)


async def test_a_seal_is_countersigned_the_same_however_often_it_comes() -> None:
    book, signed = SealBookTwin(), sealed()
    first = await countersign_seal(book, NOTARY, "330000", signed, NOW)
    assert countersigned(first, anchored(NATION.public_key)) == (signed, NOW)
    assert await countersign_seal(book, NOTARY, "330000", signed, LATER) == first


async def test_another_root_for_a_sealed_day_is_refused() -> None:
    book = SealBookTwin()
    await countersign_seal(book, NOTARY, "330000", sealed(), NOW)
    with pytest.raises(Refusal, match="sealed-already"):
        await countersign_seal(book, NOTARY, "330000", sealed(2), LATER)


@pytest.mark.parametrize(
    ("region", "signed", "code"),
    [
        ("330000", b"no seal", "not-a-seal"),
        ("330000", sealed(key=NATION), "not-a-seal"),
        ("330000", sealed(region="420000"), "not-a-seal"),
        ("420000", sealed(), "not-the-region"),
    ],
)
async def test_a_region_seals_its_own_days_alone(region: str, signed: bytes, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        await countersign_seal(SealBookTwin(), NOTARY, region, signed, NOW)
