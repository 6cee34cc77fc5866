import base64
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, OctKey, OKPKey, RSAKey

from chassis.clock import SystemClock
from chassis.http.app import create_app
from chassis.http.auth import Authenticator, InvalidTokenError, Principal, requires
from chassis.http.jwks import pick
from chassis.http.seen_tokens import Seen, SeenTokens
from chassis.settings import ChassisSettings, SettingsError
from demo.identity import DemoIdentity

REGION = "330000"
router = APIRouter()


@router.get("/any")
async def anyone(caller: Annotated[Principal, Depends(requires())]) -> dict[str, object]:
    return {"sub": caller.sub, "roles": sorted(caller.roles)}


@router.get("/officers")
async def officers(caller: Annotated[Principal, Depends(requires("officer", "operator", own_region=True))]) -> str:
    return caller.sub


def settings(**more: object) -> ChassisSettings:
    fields = {"region": REGION, "kafka_bootstrap": "b:1", "database_url": "postgresql://x/y"}
    return ChassisSettings.model_validate(fields | more)


def connect(authenticator: Authenticator | None, *routers: APIRouter) -> httpx.AsyncClient:
    app = create_app(
        title="t", version="1", settings=settings(), clock=SystemClock(), checks=[], authenticator=authenticator
    )
    for each in routers:
        app.include_router(each)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.fixture(scope="module")
def identity() -> DemoIdentity:
    return DemoIdentity()


@pytest.fixture
async def client(identity: DemoIdentity) -> AsyncIterator[httpx.AsyncClient]:
    async with connect(identity.authenticator(REGION), router) as connected:
        yield connected


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_good_token_says_who_is_calling(client: httpx.AsyncClient, identity: DemoIdentity) -> None:
    response = await client.get("/any", headers=bearer(identity.token("c1", roles=["citizen"])))
    assert response.json() == {"sub": "c1", "roles": ["citizen"]}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}])
async def test_without_a_token_the_challenge_names_no_error(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    response = await client.get("/any", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "2001")
    assert response.headers["www-authenticate"] == 'Bearer realm="healthcode"'


async def test_a_bad_token_is_a_401_and_a_missing_role_a_403(client: httpx.AsyncClient, identity: DemoIdentity) -> None:
    bad = await client.get("/any", headers=bearer("a.b.c"))
    assert (bad.status_code, bad.headers["www-authenticate"]) == (
        401,
        'Bearer realm="healthcode", error="invalid_token"',
    )
    citizen = await client.get("/officers", headers=bearer(identity.token(roles=["citizen"], region=REGION)))
    assert (citizen.status_code, citizen.json()["code"]) == (403, "2002")
    assert 'error="insufficient_scope"' in citizen.headers["www-authenticate"]


async def test_a_role_of_another_region_does_not_count_here(client: httpx.AsyncClient, identity: DemoIdentity) -> None:
    for region, status in ((REGION, 200), ("420000", 403), (None, 403)):
        token = identity.token(roles=["officer"], region=region)
        assert (await client.get("/officers", headers=bearer(token))).status_code == status


async def test_the_need_for_a_token_is_documented(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["paths"]["/any"]["get"]["security"] == [{"HTTPBearer": []}]
    assert document["components"]["securitySchemes"]["HTTPBearer"]["bearerFormat"] == "JWT"


async def test_identity_claims_reach_the_principal_and_not_its_repr(identity: DemoIdentity) -> None:
    token = identity.token(
        "o1",
        roles=["officer"],
        name="Zhang",
        id_type="111",
        id_number="3301",
        person="p-77",
        authority="cdc",
        azp="app",
    )
    principal = await identity.authenticator(REGION).authenticate(token)
    assert (principal.name, principal.id_type, principal.id_number, principal.person) == (
        "Zhang",
        "111",
        "3301",
        "p-77",
    )
    assert (principal.authority, principal.client_id, principal.client) == ("cdc", "app", "app/o1")
    for hidden in ("Zhang", "3301", "p-77"):
        assert hidden not in repr(principal)


async def test_two_callers_never_share_idempotency_keys(identity: DemoIdentity) -> None:
    authenticator = identity.authenticator(REGION)
    one = await authenticator.authenticate(identity.token("b/c", client_id="a"))
    other = await authenticator.authenticate(identity.token("c", client_id="a/b"))
    assert one.client != other.client


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"sub": None},
        {"sub": 7},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": 99_999_999_999},
        {"iat": 99_999_999_999},
        {"roles": "officer"},
        {"roles": [1]},
        {"region": 330000},
        {"name": ["Zhang"]},
    ],
)
async def test_tokens_with_wrong_claims_are_refused(identity: DemoIdentity, claims: dict[str, Any]) -> None:
    with pytest.raises(InvalidTokenError):
        await identity.authenticator(REGION).authenticate(identity.token(**claims))


@pytest.mark.parametrize(("age", "good"), [(59, True), (61, False)])
async def test_a_token_ends_a_minute_after_its_time(*, age: int, good: bool) -> None:
    identity = DemoIdentity(now=lambda: time.time() - 100 - age)
    token = identity.token(lifetime=100)
    if good:
        assert (await identity.authenticator(REGION).authenticate(token)).sub == "demo"
    else:
        with pytest.raises(InvalidTokenError, match="Expired"):
            await identity.authenticator(REGION).authenticate(token)


class Changing:
    """Keys that are taken away, or changed, between two requests."""

    def __init__(self, keys: KeySet) -> None:
        self.keys: KeySet | None = keys
        self.asked = 0

    async def find(self, kid: str | None) -> Key | None:
        self.asked += 1
        return None if self.keys is None else pick(self.keys, kid)


def remembering(identity: DemoIdentity, keys: Changing, now: Callable[[], float] = time.time) -> Authenticator:
    return Authenticator(keys, issuer=identity.issuer, audience=identity.audience, region=REGION, now=now)


async def test_a_token_seen_before_counts_no_longer_than_its_key(identity: DemoIdentity) -> None:
    keys, token = Changing(KeySet.import_key_set(identity.jwks())), identity.token("c1")  # type: ignore[arg-type]
    authenticator = remembering(identity, keys)
    assert [(await authenticator.authenticate(token)).sub for _ in range(3)] == ["c1"] * 3
    keys.keys = KeySet.import_key_set(DemoIdentity().jwks())  # type: ignore[arg-type]
    with pytest.raises(InvalidTokenError):
        await authenticator.authenticate(token)
    keys.keys = None
    with pytest.raises(InvalidTokenError, match="unknown key"):
        await authenticator.authenticate(token)


async def test_a_token_seen_before_counts_no_longer_than_it_says(identity: DemoIdentity) -> None:
    now = [time.time()]
    keys = Changing(KeySet.import_key_set(identity.jwks()))  # type: ignore[arg-type]
    authenticator = remembering(identity, keys, lambda: now[0])
    token = identity.token("c1", lifetime=100)
    await authenticator.authenticate(token)
    now[0] += 155
    assert (await authenticator.authenticate(token)).sub == "c1"
    now[0] += 10
    with pytest.raises(InvalidTokenError, match="Expired"):
        await authenticator.authenticate(token)


async def test_a_token_like_one_seen_before_is_checked_for_itself(identity: DemoIdentity) -> None:
    authenticator = identity.authenticator(REGION)
    token = identity.token("c1")
    await authenticator.authenticate(token)
    head, body, signature = token.split(".")
    forged = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))) | {"sub": "c2"}
    body = base64.urlsafe_b64encode(json.dumps(forged).encode()).rstrip(b"=").decode()
    with pytest.raises(InvalidTokenError):
        await authenticator.authenticate(f"{head}.{body}.{signature}")


async def test_only_so_many_are_remembered() -> None:
    seen: SeenTokens[str] = SeenTokens(most=2)
    key = OKPKey.generate_key("Ed25519")
    for token in ("a", "b"):
        seen.note(token, Seen(token, None, key, 1))
    assert seen.find("a") is not None
    seen.note("c", Seen("c", None, key, 1))
    assert [seen.find(token) is None for token in ("a", "b", "c")] == [False, True, False]


def encode(header: dict[str, object], claims: dict[str, object]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims))
    return ".".join(parts)


async def test_tokens_signed_otherwise_are_refused(identity: DemoIdentity) -> None:
    authenticator = identity.authenticator(REGION)
    good = identity.token("c1")
    kid = jwt.decode(good, identity._key).header["kid"]
    claims = {"iss": identity.issuer, "aud": identity.audience, "sub": "c1", "exp": 99_999_999_999}
    public = json.dumps(identity.jwks()["keys"]).encode()
    forged = [
        encode({"alg": "none", "kid": kid}, claims) + ".",
        jwt.encode({"alg": "HS256", "kid": kid}, claims, OctKey.import_key(public)),
        jwt.encode({"alg": "ES256", "kid": kid}, claims, ECKey.generate_key("P-256")),
        jwt.encode({"alg": "ES256", "kid": "unknown"}, claims, ECKey.generate_key("P-256")),
        encode({"alg": "RS256", "kid": kid}, claims) + ".AAAA",
        encode({"alg": "ES256", "kid": 7}, claims) + ".AAAA",
        good[:-4] + "AAAA",
        good.replace(".", "", 1),
        "a" * 9000,
        "é.é.é",
        "",
    ]
    for token in forged:
        with pytest.raises(InvalidTokenError):
            await authenticator.authenticate(token)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # many providers still call Ed25519 so
@pytest.mark.parametrize(
    ("algorithm", "make"),
    [
        ("EdDSA", lambda: OKPKey.generate_key("Ed25519")),
        ("Ed25519", lambda: OKPKey.generate_key("Ed25519")),
        ("RS256", lambda: RSAKey.generate_key(2048)),
    ],
)
async def test_the_other_accepted_algorithms(algorithm: str, make: Callable[[], OKPKey | RSAKey]) -> None:
    key = make()
    claims: dict[str, object] = {"iss": "i", "aud": "a", "sub": "c1", "exp": 99_999_999_999}
    token = jwt.encode({"alg": algorithm}, claims, key, algorithms=[algorithm])
    authenticator = Authenticator.static(KeySet([key]), issuer="i", audience="a", region=REGION)
    assert (await authenticator.authenticate(token)).sub == "c1"


def test_the_edge_needs_an_identity_provider() -> None:
    with pytest.raises(SettingsError, match="HC_JWKS_URL and HC_JWT_ISSUER"):
        Authenticator.of(settings())
    assert Authenticator.of(settings(jwks_url="http://id/jwks.json", jwt_issuer="i")).region == REGION
