"""A plain route: documented and refused like all others, and the usual way takes what it leaves."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from chassis.clock import SystemClock
from chassis.http.app import Application, create_app
from chassis.http.auth import Principal, calling, requires
from chassis.http.plain import plain
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity

REGION = "330000"
Number = Annotated[str, Path(pattern="^[0-9]+$")]
Citizen = Annotated[Principal, Depends(requires("citizen", own_region=True))]


def number_router() -> APIRouter:
    routes = APIRouter(prefix="/v1")

    async def read(number: Number, caller: Citizen) -> Response:
        """A number."""
        return PlainTextResponse(f"{number} for {caller.sub}")

    async def served(request: Request) -> Response | None:
        number = request.path_params["number"]
        if not number.isdecimal():
            return None
        return await read(number, await calling(request, "citizen", own_region=True))

    routes.add_api_route("/plain/{number}", read, route_class_override=plain(served))
    routes.add_api_route("/usual/{number}", read)
    return routes


@pytest.fixture(scope="module")
def identity() -> DemoIdentity:
    return DemoIdentity()


@pytest.fixture
def app(identity: DemoIdentity) -> Application:
    settings = ChassisSettings(region=REGION, kafka_bootstrap="b:1", database_url="postgresql://x/y")
    made = create_app(
        title="t",
        version="1",
        settings=settings,
        clock=SystemClock(),
        checks=[],
        authenticator=identity.authenticator(REGION),
    )
    made.include_router(number_router())
    return made


@pytest.fixture
async def client(app: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("number", ["7", "seven"])
@pytest.mark.parametrize(
    ("scheme", "claims"),
    [
        ("Bearer", {"roles": ["citizen"], "region": REGION}),
        ("bearer", {"roles": ["citizen"], "region": REGION}),
        ("Bearer", {"roles": ["officer"], "region": REGION}),
        ("Bearer", {"roles": ["citizen"], "region": "420000"}),
        ("Bearer", {"roles": ["citizen"], "region": REGION, "aud": "another"}),
        ("Basic", {"roles": ["citizen"], "region": REGION}),
        ("", {}),
    ],
)
async def test_both_ways_answer_alike(
    client: httpx.AsyncClient, identity: DemoIdentity, number: str, scheme: str, claims: dict[str, Any]
) -> None:
    headers = {"Authorization": f"{scheme} {identity.token('c1', **claims)}"} if scheme else {}
    quick, usual = [await client.get(f"/v1/{way}/{number}", headers=headers) for way in ("plain", "usual")]
    assert quick.status_code == usual.status_code
    assert quick.headers.get("www-authenticate") == usual.headers.get("www-authenticate")
    if usual.status_code == 200:
        assert quick.text == usual.text
    else:
        assert quick.json()["type"] == usual.json()["type"]


def test_both_are_documented_alike(app: Application) -> None:
    paths = app.openapi()["paths"]
    quick, usual = ({**paths[f"/v1/{way}/{{number}}"]["get"], "operationId": ""} for way in ("plain", "usual"))
    assert quick == usual
