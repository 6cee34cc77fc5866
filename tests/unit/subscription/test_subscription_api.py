"""The edge of subscription without a store: who may come in, and that every operation is documented."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from chassis.clock import SystemClock
from chassis.http.app import Application, create_app
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity
from services.subscription.api import Desk, routers

REGION = "330000"
CLIENT = "aaaaaaaaaaaaa"
ROLES = ("citizen", "employer", "counter", "officer", "laboratory", "checkpoint", "integrator", "operator")
Login = Callable[..., httpx.AsyncClient]


@pytest.fixture(scope="session")
def identity() -> DemoIdentity:
    return DemoIdentity()


@pytest.fixture
def app(identity: DemoIdentity) -> Application:
    nothing: Any = None  # nobody gets as far as a store here
    desk = Desk(
        region=REGION,
        clock=SystemClock(),
        ids=str,
        new_client=str,
        pool=nothing,
        registry=nothing,
        feed=nothing,
        subject_of=nothing,
        name=nothing,
    )
    made = create_app(
        title="subscription",
        version="1",
        settings=ChassisSettings(region=REGION, kafka_bootstrap="b:1", database_url="postgresql://x/y"),
        clock=SystemClock(),
        checks=[],
        authenticator=identity.authenticator(REGION),
    )
    for router in routers(desk):
        made.include_router(router)
    return made


@pytest.fixture
async def login(app: Application, identity: DemoIdentity) -> AsyncIterator[Login]:
    opened: list[httpx.AsyncClient] = []

    def of(role: str, region: str = REGION) -> httpx.AsyncClient:
        token = identity.token(f"{role}-1", roles=[role], region=region)
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers)
        opened.append(client)
        return client

    yield of
    for client in opened:
        await client.aclose()


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("POST", "/v1/clients", "integrator"),
        ("POST", f"/v1/clients/{CLIENT}/proposals", "officer"),
        ("POST", f"/v1/clients/{CLIENT}/suspension", "officer"),
        ("POST", f"/v1/clients/{CLIENT}/revocation", "officer"),
        ("PUT", f"/v1/me/clients/{CLIENT}", "citizen"),
    ],
)
async def test_each_route_is_for_its_role(app: Application, login: Login, method: str, path: str, role: str) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as anyone:
        assert (await anyone.request(method, path, json={})).status_code == 401
    for other in ROLES:
        status = (await login(other).request(method, path, json={})).status_code
        assert status == (422 if other == role else 403), other


@pytest.mark.parametrize("client", ["x", "A" * 13, "a" * 12, "a" * 14, "1" * 13, "..%2F..%2Fetc%2F"])
async def test_what_is_no_client_is_none(login: Login, client: str) -> None:
    answer = await login("officer").get(f"/v1/clients/{client}")
    assert answer.status_code in (404, 422)


def test_every_operation_is_documented_with_examples(app: Application) -> None:
    document = app.openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if path.startswith("/v1"):
                assert operation["summary"], (method, path)
                assert operation["description"], (method, path)
                assert operation["security"], (method, path)
                assert operation["responses"]["default"]["$ref"].endswith("/Problem"), (method, path)
    for name in ("ApplicationIn", "ClientOut", "TermsIn", "ProposalOut", "ConsentIn", "ConsentOut", "ActOut"):
        fields = document["components"]["schemas"][name]["properties"]
        assert [field for field, said in fields.items() if "example" not in str(said) and "$ref" not in str(said)] == []
