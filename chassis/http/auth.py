"""Who is calling: access tokens (JWT, RFC 9068) checked against the identity provider's keys (JWKS).

An app finds its authenticator as `app.state.authenticator`. A route asks for a caller so:

    @router.post("/v1/declarations")
    async def declare(caller: Annotated[Principal, Depends(requires("citizen", "counter"))]) -> …
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet
from joserfc.jws import JWSRegistry, extract_compact

from chassis.http.jwks import JwksKeys, KeysAwayError, StaticKeys
from chassis.http.problems import Problem
from chassis.http.rates import admit
from chassis.http.seen_tokens import Seen, SeenTokens
from chassis.http.standard import FORBIDDEN, IDENTITY_AWAY, OTHER_REGION, UNAUTHENTICATED
from chassis.settings import ChassisSettings, SettingsError

ALGORITHMS = {"ES256": "EC", "EdDSA": "OKP", "Ed25519": "OKP", "RS256": "RSA"}
"""What a token may be signed with, and the type of key each needs; everything else is refused."""
LEEWAY_SECONDS = 60
LONGEST_TOKEN = 8192


class InvalidTokenError(Exception):
    """The token does not say who is calling; the text says why, and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller, as the identity provider vouches for them; identity claims stay out of `repr`."""

    sub: str
    roles: frozenset[str]
    expires_at: int
    """Unix seconds."""
    client_id: str | None = None
    authority: str | None = None
    """The authority that an officer acts for."""
    region: str | None = None
    person: str | None = field(default=None, repr=False)
    """One per verified human being, however many accounts: two officers are two persons."""
    name: str | None = field(default=None, repr=False)
    id_type: str | None = field(default=None, repr=False)
    id_number: str | None = field(default=None, repr=False)

    @property
    def client(self) -> str:
        """Whose idempotency keys these are: one caller's through one client, in one way to write it."""
        return f"{quote(self.client_id or '', safe='')}/{self.sub}"


class Keys(Protocol):
    """Where the identity provider's public keys come from."""

    async def find(self, kid: str | None) -> Key | None:
        """The key of that id, or None; raises `KeysAwayError` when the keys cannot be had."""
        ...


class Authenticator:
    """Turns a bearer token into a `Principal`; by real time, whatever the demo's clock says."""

    def __init__(
        self, keys: Keys, *, issuer: str, audience: str, region: str, now: Callable[[], float] = time.time
    ) -> None:
        self._keys = keys
        self._now = now
        self._seen: SeenTokens[Principal] = SeenTokens()
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(now()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        self.region = region

    @classmethod
    def of(cls, settings: ChassisSettings) -> "Authenticator":
        """The authenticator that the settings describe; raises `SettingsError` when they name no provider."""
        missing = [
            name
            for name, value in (("HC_JWKS_URL", settings.jwks_url), ("HC_JWT_ISSUER", settings.jwt_issuer))
            if value is None
        ]
        if settings.jwks_url is None or settings.jwt_issuer is None:
            raise SettingsError(f"the HTTP edge needs an identity provider; set {' and '.join(missing)}")
        return cls(
            JwksKeys(settings.jwks_url),
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
            region=settings.region,
        )

    @classmethod
    def static(cls, keys: KeySet, *, issuer: str, audience: str, region: str) -> "Authenticator":
        """An authenticator with keys that never change, for tests and the demo."""
        return cls(StaticKeys(keys), issuer=issuer, audience=audience, region=region)

    async def authenticate(self, token: str) -> Principal:
        """The caller that a token speaks for; raises `InvalidTokenError` or `KeysAwayError`.

        The signature of a token that was seen before is not checked again, while the provider keeps the key.
        """
        if len(token) > LONGEST_TOKEN:
            raise InvalidTokenError("too long")
        seen = self._seen.find(token)
        if seen is not None and int(self._now()) <= seen.ends and await self._keys.find(seen.kid) is seen.key:
            return seen.caller
        try:
            header = extract_compact(token.encode()).headers()
            key = await self._key_for(header)
            decoded = jwt.decode(token, key, registry=JWSRegistry(algorithms=[header["alg"]]))
            self._claims.validate(decoded.claims)
        except (JoseError, ValueError) as error:
            raise InvalidTokenError(type(error).__name__) from None
        caller = principal_of(decoded.claims)
        self._seen.note(token, Seen(caller, header.get("kid"), key, caller.expires_at + LEEWAY_SECONDS))
        return caller

    async def _key_for(self, header: Mapping[str, Any]) -> Key:
        needed = ALGORITHMS.get(str(header.get("alg")))
        kid = header.get("kid")
        if needed is None or not isinstance(kid, str | None):
            raise InvalidTokenError("algorithm or key id not accepted")
        key = await self._keys.find(kid)
        if key is None or key.key_type != needed:
            raise InvalidTokenError("unknown key")
        return key


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """The caller that checked claims describe; raises `InvalidTokenError` when a claim has the wrong type."""
    roles = claims.get("roles", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise InvalidTokenError("roles is no list of texts")
    return Principal(
        sub=_text(claims, "sub") or "",
        roles=frozenset(roles),
        expires_at=int(claims["exp"]),
        client_id=_text(claims, "client_id") or _text(claims, "azp"),
        authority=_text(claims, "authority"),
        region=_text(claims, "region"),
        person=_text(claims, "person"),
        name=_text(claims, "name"),
        id_type=_text(claims, "id_type"),
        id_number=_text(claims, "id_number"),
    )


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is None or isinstance(value, str):
        return value
    raise InvalidTokenError(f"{name} is no text")


_BEARER = HTTPBearer(
    auto_error=False, bearerFormat="JWT", description="An access token of the region's identity provider"
)


def requires(*roles: str, own_region: bool = False) -> Callable[..., Awaitable[Principal]]:
    """A FastAPI dependency: the caller, who must hold one of `roles` (any caller when none is named).

    With `own_region` the caller's role must have been given for this region. Answers 401, 403 or 503 otherwise, and 429
    to a client that writes faster than it may.
    """
    allowed = frozenset(roles)

    async def caller(
        request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> Principal:
        return await _let_in(request, bearer.credentials if bearer else None, allowed, own_region=own_region)

    return caller


async def calling(request: Request, *roles: str, own_region: bool = False) -> Principal:
    """As `requires`, where there is nothing but the request (chassis/http/plain.py)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" and token.strip() else None
    return await _let_in(request, bearer, frozenset(roles), own_region=own_region)


async def _let_in(request: Request, token: str | None, allowed: frozenset[str], *, own_region: bool) -> Principal:
    principal = await _authenticated(request, token)
    if allowed and not allowed & principal.roles:
        raise Problem(FORBIDDEN, headers=_challenge("insufficient_scope"))
    if own_region and principal.region != request.app.state.authenticator.region:
        raise Problem(OTHER_REGION)
    admit(request, principal.client)
    return principal


async def _authenticated(request: Request, token: str | None) -> Principal:
    if token is None:
        raise Problem(UNAUTHENTICATED, headers=_challenge())
    authenticator: Authenticator = request.app.state.authenticator
    try:
        return await authenticator.authenticate(token)
    except InvalidTokenError:
        raise Problem(UNAUTHENTICATED, headers=_challenge("invalid_token")) from None
    except KeysAwayError:
        raise Problem(IDENTITY_AWAY, headers={"Retry-After": "5"}) from None


def _challenge(error: str | None = None) -> dict[str, str]:
    return {"WWW-Authenticate": 'Bearer realm="healthcode"' + (f', error="{error}"' if error else "")}
