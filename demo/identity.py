"""The demo's identity provider: it vouches for whoever you say you are, so it refuses to exist outside demo mode."""

import json
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter, Request
from joserfc import jwt
from joserfc.jwk import ECKey, KeyParameters, KeySet
from pydantic import BaseModel, Field

from chassis.http.auth import Authenticator
from chassis.http.body import Body
from chassis.settings import ChassisSettings
from demo.signin import signin_router

ISSUER = "urn:healthcode:demo-identity"
LIFETIME_SECONDS = 8 * 3600
KEY_PARAMETERS: KeyParameters = {"use": "sig", "alg": "ES256"}


class NotADemoError(Exception):
    """The demo's identity provider was asked to start beside real people."""


class Persona(Body):
    """Who to be: these become the claims of the token."""

    sub: str = Field(min_length=1, examples=["citizen-1"])
    roles: list[str] = Field(default_factory=list, examples=[["citizen"]])
    name: str | None = Field(default=None, examples=["张三"])
    id_type: str | None = Field(default=None, examples=["111"])
    id_number: str | None = None
    authority: str | None = None
    person: str | None = None
    region: str | None = Field(default=None, examples=["330000"])
    client_id: str | None = None


class Token(BaseModel):
    """An access token (RFC 6749, section 5.1)."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of a kind of token
    expires_in: int


class DemoIdentity:
    """Makes tokens (JWT, ES256) for anyone; for the demo and for tests."""

    def __init__(
        self,
        *,
        issuer: str = ISSUER,
        audience: str = "healthcode",
        key: ECKey | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer
        self.audience = audience
        self._key = key or ECKey.generate_key("P-256", KEY_PARAMETERS, auto_kid=True)
        self._now = now

    @classmethod
    def of(cls, settings: ChassisSettings, key_file: Path | None = None) -> "DemoIdentity":
        """The provider that the settings' tokens come from, with its key kept in `key_file`.

        Raises `NotADemoError` outside demo mode.
        """
        if settings.mode != "demo":
            raise NotADemoError("the demo's identity provider runs with HC_MODE=demo alone")
        key = load_key(key_file) if key_file is not None else None
        return cls(issuer=settings.jwt_issuer or ISSUER, audience=settings.jwt_audience, key=key)

    def token(self, sub: str = "demo", *, lifetime: int = LIFETIME_SECONDS, **claims: object) -> str:
        """A token with these claims; a claim given as None is left out, also a standard one."""
        now = int(self._now())
        standard = {"iss": self.issuer, "aud": self.audience, "sub": sub, "iat": now, "exp": now + lifetime}
        every = standard | {"jti": uuid.uuid4().hex} | claims
        given = {name: value for name, value in every.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": self._key.kid}, given, self._key)

    def jwks(self) -> dict[str, object]:
        """The public key as a key set (RFC 7517)."""
        return {"keys": [self._key.as_dict(private=False)]}

    def authenticator(self, region: str) -> Authenticator:
        """An authenticator that trusts this provider, without going over HTTP."""
        keys = KeySet([ECKey.import_key(self._key.as_dict(private=False))])
        return Authenticator.static(keys, issuer=self.issuer, audience=self.audience, region=region)


def load_key(path: Path) -> ECKey:
    """The key in a file that only its owner reads; makes both when there are none."""
    if path.exists():
        return ECKey.import_key(json.loads(path.read_text(encoding="utf-8")))
    key = ECKey.generate_key("P-256", KEY_PARAMETERS, auto_kid=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(key.as_dict(private=True), file)
    return key


def identity_router(settings: ChassisSettings, identity: DemoIdentity) -> APIRouter:
    """The provider's routes: discovery, keys, sign-in, tokens for the asking; `NotADemoError` outside demo mode."""
    if settings.mode != "demo":
        raise NotADemoError("the demo's identity provider runs with HC_MODE=demo alone")
    router = APIRouter(tags=["demo identity"])

    @router.get("/.well-known/openid-configuration")
    async def discovery(request: Request) -> dict[str, object]:
        base = str(request.base_url).rstrip("/")
        return {
            "issuer": identity.issuer,
            "jwks_uri": f"{base}/jwks.json",
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token/code",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    @router.get("/jwks.json")
    async def jwks() -> dict[str, object]:
        return identity.jwks()

    @router.post("/token")
    async def token(persona: Persona) -> Token:
        claims = persona.model_dump(exclude={"sub"})
        return Token(access_token=identity.token(persona.sub, **claims), expires_in=LIFETIME_SECONDS)

    router.include_router(signin_router(identity.token, LIFETIME_SECONDS))
    return router
