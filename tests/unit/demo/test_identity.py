from pathlib import Path

import httpx
import pytest

from chassis.clock import SystemClock
from chassis.http.app import create_app
from chassis.http.auth import Authenticator
from chassis.http.jwks import public_keys
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity, NotADemoError, identity_router


def settings(**more: object) -> ChassisSettings:
    fields = {"region": "330000", "kafka_bootstrap": "b:1", "database_url": "postgresql://x/y"}
    return ChassisSettings.model_validate(fields | more)


async def test_the_demo_provider_gives_tokens_that_its_keys_check() -> None:
    demo = settings(mode="demo")
    identity = DemoIdentity.of(demo)
    app = create_app(title="t", version="1", settings=demo, clock=SystemClock(), checks=[])
    app.include_router(identity_router(demo, identity))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        discovery = (await client.get("/.well-known/openid-configuration")).json()
        persona = {"sub": "o1", "roles": ["officer"], "region": "330000", "name": "张三"}
        answer = (await client.post("/token", json=persona)).json()
        document = (await client.get(discovery["jwks_uri"])).content
    assert b'"d"' not in document
    authenticator = Authenticator.static(
        public_keys(document), issuer=discovery["issuer"], audience="healthcode", region="330000"
    )
    principal = await authenticator.authenticate(answer["access_token"])
    assert (principal.sub, principal.roles, principal.name) == ("o1", frozenset({"officer"}), "张三")


def test_the_demo_provider_refuses_to_start_in_production() -> None:
    with pytest.raises(NotADemoError):
        DemoIdentity.of(settings())
    with pytest.raises(NotADemoError):
        identity_router(settings(), DemoIdentity())


def test_the_demo_key_stays_the_same_in_its_file(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "identity.json"
    demo = settings(mode="demo")
    assert DemoIdentity.of(demo, file).jwks() == DemoIdentity.of(demo, file).jwks()
    assert file.stat().st_mode & 0o777 == 0o600
