"""What the pages ask the portal itself: which region, what time, a token after the sign-in, the trust list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from chassis.clock import Clock
from chassis.http.body import Body
from chassis.http.problems import Problem
from healthcode.credential.trust_list import KIND as TRUST_LIST
from healthcode.region import Region
from services.portal.api.problems import CODE_REFUSED, NO_NATION, NO_SIGN_IN, OUTSIDE_AWAY
from services.portal.domain import SignIn
from services.portal.handlers import TrustDesk
from services.portal.ports import CodeRefusedError, Provider, ProviderAwayError


class NameOut(BaseModel):
    """A name in both languages."""

    zh: str = Field(examples=["浙江省"])
    en: str = Field(examples=["Zhejiang"])


class SignInOut(BaseModel):
    """Where a browser signs in (OpenID Connect, code flow with PKCE)."""

    authorize_url: str = Field(examples=["https://id.example/authorize"])
    client_id: str = Field(examples=["portal-330000"])


class PortalAnswer(BaseModel):
    """What the pages know before anybody signs in."""

    region: str = Field(examples=["330000"])
    name: NameOut
    timezone: str = Field(examples=["Asia/Shanghai"])
    now: datetime = Field(description="the region's clock, by which a device corrects its own")
    demo: bool = Field(description="nobody here is real")
    sign_in: SignInOut | None
    anchor: str | None = Field(description="the key that the trust list is signed by: its SubjectPublicKeyInfo, base64")


class CodeBody(Body):
    """What the identity provider sent the browser back with."""

    code: Annotated[str, Field(min_length=1, max_length=2048, examples=["SplxlOBeZQQYbYS6WxSbIA"])]
    verifier: Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{43,128}$", examples=["a" * 43])]
    redirect_uri: Annotated[
        str, Field(pattern=r"^https?://[^\s?#]{1,300}$", examples=["https://zhejiang.example/app/"])
    ]


class TokenAnswer(BaseModel):
    """An access token for the region's interfaces."""

    access_token: str
    expires_in: int = Field(examples=[28800])


@dataclass(frozen=True)
class Deps:
    """What the routes need; without `provider` nobody can sign in, without `trust` no checkpoint works offline."""

    region: Region
    clock: Clock
    demo: bool
    sign_in: SignIn | None
    provider: Provider | None
    trust: TrustDesk | None
    anchor: str | None


def own_router(deps: Deps) -> APIRouter:
    """`/v1/portal`."""
    routes = APIRouter(prefix="/v1/portal", tags=["pages"])
    region, sign_in = deps.region, deps.sign_in

    @routes.get("", summary="What the pages have to know (页面配置)")
    async def about(response: Response) -> PortalAnswer:
        response.headers["cache-control"] = "no-store"
        return PortalAnswer(
            region=region.code,
            name=NameOut(zh=region.name.zh, en=region.name.en),
            timezone=region.timezone,
            now=deps.clock.now(),
            demo=deps.demo,
            sign_in=None
            if sign_in is None
            else SignInOut(authorize_url=sign_in.authorize_url, client_id=sign_in.client_id),
            anchor=deps.anchor,
        )

    @routes.post("/tokens", summary="The access token of a sign-in (换取令牌)")
    async def token(wanted: CodeBody, response: Response) -> TokenAnswer:
        """The pages speak to no other origin, so the portal asks the identity provider for them; it keeps nothing."""
        if deps.provider is None:
            raise Problem(NO_SIGN_IN)
        try:
            given = await deps.provider.exchange(wanted.code, wanted.verifier, wanted.redirect_uri)
        except CodeRefusedError:
            raise Problem(CODE_REFUSED) from None
        except ProviderAwayError:
            raise Problem(OUTSIDE_AWAY) from None
        response.headers["cache-control"] = "no-store"
        return TokenAnswer(access_token=given.access_token, expires_in=given.expires_in)

    @routes.get("/trust-list", summary="The nation's signed trust list, for checkpoints (信任列表)")
    async def trust_list() -> Response:
        """As the nation serves it, for pages that speak to no other origin; believed by its signature alone."""
        if deps.trust is None:
            raise Problem(NO_NATION)
        try:
            data = await deps.trust.trust_list()
        except ProviderAwayError:
            raise Problem(OUTSIDE_AWAY) from None
        return Response(data, media_type=TRUST_LIST, headers={"cache-control": "public, max-age=60"})

    return routes
