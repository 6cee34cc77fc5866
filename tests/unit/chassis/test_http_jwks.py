import asyncio
import json

import httpx
import pytest
from fastapi import Depends

from chassis.clock import SystemClock
from chassis.http.app import create_app
from chassis.http.auth import Authenticator, requires
from chassis.http.jwks import JwksKeys, KeysAwayError
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity


@pytest.fixture(scope="module")
def identity() -> DemoIdentity:
    return DemoIdentity()


class Provider:
    def __init__(self, identity: DemoIdentity) -> None:
        self.document: bytes | None = json.dumps(identity.jwks()).encode()
        self.fetched = 0
        self.time = 1000.0
        self.answers = asyncio.Event()
        self.answers.set()

    async def fetch(self, _url: str) -> bytes:
        self.fetched += 1
        await self.answers.wait()
        if self.document is None:
            raise httpx.ConnectError("away")
        return self.document

    def keys(self) -> JwksKeys:
        return JwksKeys("http://id/jwks.json", fetch=self.fetch, monotonic=lambda: self.time)


async def test_keys_are_fetched_once_and_again_when_old(identity: DemoIdentity) -> None:
    provider = Provider(identity)
    keys = provider.keys()
    kid = identity._key.kid
    for _ in range(3):
        assert await keys.find(kid)
    assert provider.fetched == 1
    provider.time += 301
    assert await keys.find(kid)
    await keys.settled()
    assert provider.fetched == 2


async def test_a_slow_provider_does_not_hold_up_callers_whose_key_is_known(identity: DemoIdentity) -> None:
    provider = Provider(identity)
    keys = provider.keys()
    assert await keys.find(identity._key.kid)
    provider.time += 301
    provider.answers.clear()
    assert await keys.find(identity._key.kid)
    provider.answers.set()
    await keys.settled()
    assert provider.fetched == 2


async def test_a_provider_that_starts_late_is_asked_again_within_a_second(identity: DemoIdentity) -> None:
    provider = Provider(identity)
    document, provider.document = provider.document, None
    keys = provider.keys()
    with pytest.raises(KeysAwayError):
        await keys.find("k")
    provider.document = document
    provider.time += 1.1
    assert await keys.find(identity._key.kid)


async def test_an_unknown_key_is_looked_for_at_most_every_ten_seconds(identity: DemoIdentity) -> None:
    provider = Provider(identity)
    keys = provider.keys()
    assert await keys.find("unknown") is None
    assert provider.fetched == 1
    provider.time += 11
    other = DemoIdentity()
    provider.document = json.dumps(other.jwks()).encode()
    assert await keys.find(other._key.kid)
    assert await keys.find("unknown") is None
    assert provider.fetched == 2


async def test_a_provider_that_is_away_is_borne_for_an_hour(identity: DemoIdentity) -> None:
    provider = Provider(identity)
    keys = provider.keys()
    assert await keys.find(identity._key.kid)
    provider.document = None
    provider.time += 3500
    assert await keys.find(identity._key.kid)
    await keys.settled()
    provider.time += 101
    with pytest.raises(KeysAwayError):
        await keys.find(identity._key.kid)


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"keys":[]}', b'{"keys":[{"kty":"oct","k":"AAAA"}]}'])
async def test_a_document_that_is_no_key_set_counts_as_away(identity: DemoIdentity, document: bytes) -> None:
    provider = Provider(identity)
    provider.document = document
    with pytest.raises(KeysAwayError):
        await provider.keys().find("k")


async def test_callers_are_told_to_come_back_when_the_provider_is_away(identity: DemoIdentity) -> None:
    provider = Provider(identity)
    provider.document = None
    settings = ChassisSettings(region="330000", kafka_bootstrap="b:1", database_url="postgresql://x/y")
    authenticator = Authenticator(provider.keys(), issuer=identity.issuer, audience="healthcode", region="330000")
    app = create_app(
        title="t", version="1", settings=settings, clock=SystemClock(), checks=[], authenticator=authenticator
    )
    app.add_api_route("/any", allowed, dependencies=[Depends(requires())])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        response = await client.get("/any", headers={"Authorization": f"Bearer {identity.token()}"})
    assert (response.status_code, response.json()["code"]) == (503, "5003")
    assert response.headers["retry-after"] == "5"


async def allowed() -> None:
    return None
