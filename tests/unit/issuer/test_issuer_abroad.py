"""Lists of other regions over the twin, and where an operator says that they are."""

import pytest

from chassis.settings import SettingsError
from services.issuer.config import Settings
from services.issuer.stream.abroad import fetching
from tests.twins.issuer_abroad import ListsAbroadTwin
from tests.twins.issuer_abroad_behaviour import FIRST, AbroadBehaviour, signed, trust
from tests.twins.issuer_findings import NOW


class TestOverTheTwin(AbroadBehaviour):
    @pytest.fixture
    def lists(self) -> ListsAbroadTwin:
        return ListsAbroadTwin()


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
