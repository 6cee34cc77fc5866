"""Lists of other regions over the twin, and where an operator says that they are."""

import pytest

from chassis.settings import SettingsError
from healthcode.credential import Es256Key, StatusList, TrustList, Verdict
from healthcode.credential.status_list import read_list
from services.issuer.config import Settings
from services.issuer.handlers import abroad
from services.issuer.ports.abroad import Wanted
from services.issuer.stream.abroad import fetching
from tests.twins.issuer_abroad import ListsAbroadTwin
from tests.twins.issuer_abroad_behaviour import FIRST, TRUST, AbroadBehaviour, claims, signed, trust
from tests.twins.issuer_findings import NOW

VALID, REVOKED = Verdict.VALID, Verdict.REVOKED


class TestOverTheTwin(AbroadBehaviour):
    @pytest.fixture
    def lists(self) -> ListsAbroadTwin:
        return ListsAbroadTwin()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What had its signature verified."""
    seen: list[bytes] = []

    def read(data: bytes, believed: TrustList) -> StatusList:
        seen.append(data)
        return read_list(data, believed)

    monkeypatch.setattr(abroad, "read_list", read)
    return seen


async def keep(lists: ListsAbroadTwin, wanted: Wanted, data: bytes) -> None:
    await lists.ask([wanted], NOW)
    await lists.tried(wanted, NOW, data)


async def test_a_list_is_verified_once_and_another_of_its_name_anew(opened: list[bytes]) -> None:
    lists = ListsAbroadTwin()
    known = abroad.VerifiedLists(lists, lambda: TRUST)
    await keep(lists, FIRST, signed([7]))
    assert [await known.standing(claims(index), NOW) for index in (5, 7, 5)] == [VALID, REVOKED, VALID]
    assert len(opened) == 1
    await keep(lists, FIRST, signed([5, 7]))
    assert [await known.standing(claims(5), NOW) for _ in range(2)] == [REVOKED] * 2
    assert len(opened) == 2


async def test_so_many_lists_stay_open_and_what_is_not_believed_never_does(opened: list[bytes]) -> None:
    lists = ListsAbroadTwin()
    known = abroad.VerifiedLists(lists, lambda: TRUST, most=2)
    for day in ("1", "2", "3"):
        await keep(lists, Wanted("420000", f"20200211-{day}"), signed([], name=f"20200211-{day}"))
    for day in ("1", "2", "1", "3", "1", "2"):
        assert await known.standing(claims(5, f"20200211-{day}"), NOW) is VALID
    assert len(opened) == 4
    await keep(lists, FIRST, signed([], key=Es256Key.generate()))
    for _ in range(2):
        assert await known.standing(claims(5), NOW) is Verdict.STALE_VERIFIER
    assert len(opened) == 6


async def test_what_was_verified_by_keys_that_have_changed_is_verified_anew(opened: list[bytes]) -> None:
    lists, believed = ListsAbroadTwin(), [TRUST]
    known = abroad.VerifiedLists(lists, lambda: believed[-1])
    await keep(lists, FIRST, signed([7]))
    assert await known.standing(claims(5), NOW) is VALID
    believed.append(TrustList([]))
    assert await known.standing(claims(5), NOW) is Verdict.STALE_VERIFIER
    assert len(opened) == 2


class Clock:
    def now(self) -> object:
        return NOW


async def test_each_region_is_asked_at_its_own_address() -> None:
    lists, asked = ListsAbroadTwin(), []

    async def get(url: str) -> bytes:
        asked.append(url)
        return signed([7])

    addresses = {"420000": "https://hubei.example/"}
    await fetching(lists, trust, addresses, Clock(), get)()  # type: ignore[arg-type]  # stands still
    assert asked == ["https://hubei.example/v1/status-lists/20200211-0"]
    assert lists.rows[FIRST].data is not None


def load(written: str) -> Settings:
    env = {"HC_REGION": "330000", "KAFKA_BOOTSTRAP": "b:1", "DATABASE_URL": "postgresql://x/y"}
    return Settings.load({**env, "HC_ISSUER_ABROAD": written})


def test_addresses_are_written_with_commas() -> None:
    found = load("420000=https://hubei.example, 100000=http://127.0.0.1:8310").issuer_abroad
    assert found == {"420000": "https://hubei.example", "100000": "http://127.0.0.1:8310"}
    assert load("").issuer_abroad == {}


@pytest.mark.parametrize("written", ["hubei=https://x", "420000", "420000=ftp://x", "https://x"])
def test_what_is_no_address_is_refused_by_name(written: str) -> None:
    with pytest.raises(SettingsError, match="HC_ISSUER_ABROAD"):
        load(written)
