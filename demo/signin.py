"""Signing in at the demo's identity provider: OpenID Connect's code flow with PKCE, and a page that asks who to be."""

import base64
import hashlib
import html
import random
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse

from chassis.http.body import BodyRule
from demo.population import GIVEN, HOMES, SURNAMES
from healthcode.identity import check_digit

TOKEN_PATH: Final = "/token/code"  # noqa: S105 - a path
BODIES: Final = {TOKEN_PATH: BodyRule(4096, frozenset({"application/x-www-form-urlencoded"}))}
CODE_SECONDS: Final = 60
MOST_CODES: Final = 1000
STYLE: Final = Path(__file__).parent / "page" / "signin.css"
REDIRECT: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,200}/app/[a-z]{0,20}")
HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}
KEPT: Final = ("client_id", "redirect_uri", "state", "code_challenge")


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody to be."""

    key: str
    zh: str
    en: str
    note_zh: str
    note_en: str


ROLES: Final = (
    Role("citizen-1", "市民 王小明", "Wang Xiaoming, a citizen", "成年人，常住本地", "grown up, lives here"),
    Role("citizen-2", "市民 李秀兰", "Li Xiulan, a citizen", "老人，常住本地", "of old age, lives here"),
    Role("new", "一位从未申报的市民", "A citizen who never declared", "每次都是新的人", "somebody new each time"),
    Role("checkpoint", "查验点值守人员", "A guard at a checkpoint", "火车东站", "at the station"),
    Role("officer-1", "疾控工作人员 周敏", "Officer Zhou Min", "提出措施", "proposes measures"),
    Role("officer-2", "疾控工作人员 赵建国", "Officer Zhao Jianguo", "复核措施", "approves what another proposed"),
    Role("operator", "运维人员", "An operator", "处理死信，查看进度", "handles dead letters, sees what lags"),
)
KNOWN: Final = {"citizen-1": ("王小明", "19900307", 1), "citizen-2": ("李秀兰", "19480512", 2)}
OFFICERS: Final = {"officer-1": "周敏", "officer-2": "赵建国"}


def claims_of(role: str, region: str) -> dict[str, Any]:
    """The claims of a token for that role in that region; `sub` among them. Raises KeyError for none of `ROLES`."""
    county = next((codes[0] for province, codes in HOMES.items() if province == region), "330106")
    office = f"{region[:2]}0100"
    if role in KNOWN:
        name, born, order = KNOWN[role]
        return _citizen(f"{role}-{region}", name, f"{county}{born}{order:03}")
    if role == "new":
        pick = random.Random(secrets.randbits(64))  # noqa: S311 - somebody made up
        name = pick.choice(SURNAMES) + "".join(pick.choices(GIVEN, k=2))
        born = f"{pick.randrange(1950, 2000)}{pick.randrange(1, 13):02}{pick.randrange(1, 29):02}"
        return _citizen(f"new-{secrets.token_hex(6)}", name, f"{county}{born}{pick.randrange(100, 1000)}")
    if role == "checkpoint":
        return {
            "sub": f"guard-{region}",
            "roles": ["checkpoint"],
            "region": region,
            "authority": f"{office}-station-east",
        }
    if role == "operator":
        return {"sub": f"operator-{region}", "roles": ["ops"], "region": region, "name": "运维"}
    name = OFFICERS[role]
    return {
        "sub": f"{role}-{region}", "roles": ["officer"], "region": region, "authority": f"{office}-cdc",
        "person": f"person-{role}", "name": name,
    }  # fmt: skip


def _citizen(sub: str, name: str, first: str) -> dict[str, Any]:
    number = first + check_digit(first)
    return {"sub": sub, "roles": ["citizen"], "name": name, "id_type": "resident_id", "id_number": number}


@dataclass(frozen=True, slots=True)
class _Granted:
    claims: dict[str, Any]
    challenge: str
    redirect_uri: str
    ends: float


class SignIns:
    """Codes that were given out and not yet used: each is good once, for a minute."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._codes: dict[str, _Granted] = {}

    def grant(self, role: str, asked: Mapping[str, str]) -> str:
        """A code for that role. Raises KeyError for none of `ROLES`."""
        while len(self._codes) >= MOST_CODES:
            del self._codes[next(iter(self._codes))]
        code = secrets.token_urlsafe(24)
        claims = claims_of(role, asked["client_id"][-6:])
        self._codes[code] = _Granted(claims, asked["code_challenge"], asked["redirect_uri"], self._now() + CODE_SECONDS)
        return code

    def redeem(self, code: str, verifier: str, redirect_uri: str) -> dict[str, Any] | None:
        """The claims of a code; None when it is none, was used, is too old, or is another browser's."""
        granted = self._codes.pop(code, None)
        if granted is None or self._now() > granted.ends or granted.redirect_uri != redirect_uri:
            return None
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        return granted.claims if secrets.compare_digest(digest, granted.challenge) else None


def signin_router(token: Callable[..., str], seconds: int) -> APIRouter:
    """`/authorize` and `/token/code`; `token` makes an access token of claims."""
    router = APIRouter(tags=["demo identity"], include_in_schema=False)
    sign_ins = SignIns()

    @router.get("/authorize")
    async def authorize(request: Request) -> Response:
        asked = {name: request.query_params.get(name, "") for name in KEPT}
        if not _is_fit(asked):
            return HTMLResponse(_page("这不是健康码页面的登录请求。 This is no sign-in of our pages."), 400, HEADERS)
        role = request.query_params.get("as", "")
        if role in {each.key for each in ROLES}:
            back = {"code": sign_ins.grant(role, asked), "state": asked["state"]}
            return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 303, HEADERS)
        return HTMLResponse(_page(_choices(asked)), 200, HEADERS)

    @router.get("/signin.css")
    async def style() -> FileResponse:
        return FileResponse(STYLE, media_type="text/css; charset=utf-8")

    @router.post(TOKEN_PATH)
    async def redeem(request: Request) -> JSONResponse:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode("utf-8", "replace")).items()}
        given = [form.get(name, "") for name in ("code", "code_verifier", "redirect_uri")]
        claims = sign_ins.redeem(*given)
        if claims is None:
            return JSONResponse({"error": "invalid_grant"}, 400, {"cache-control": "no-store"})
        body = {"access_token": token(**claims), "token_type": "Bearer", "expires_in": seconds}
        return JSONResponse(body, headers={"cache-control": "no-store"})

    return router


def _is_fit(asked: Mapping[str, str]) -> bool:
    """Whether it is one of our pages, that says so in full, that wants somebody to sign in."""
    return (
        re.fullmatch(r"[a-z-]{0,20}[0-9]{6}", asked["client_id"]) is not None
        and REDIRECT.fullmatch(asked["redirect_uri"]) is not None
        and bool(urlsplit(asked["redirect_uri"]).hostname)
        and re.fullmatch(r"[A-Za-z0-9_-]{43}", asked["code_challenge"]) is not None
        and re.fullmatch(r"[A-Za-z0-9_-]{8,128}", asked["state"]) is not None
    )


def _choices(asked: Mapping[str, str]) -> str:
    rows = []
    for role in ROLES:
        address = html.escape(f"/authorize?{urlencode({**asked, 'as': role.key})}")
        rows.append(
            f'<li><a id="{role.key}" href="{address}"><b>{role.zh}</b> <span>{role.note_zh}</span>'
            f'<b lang="en">{role.en}</b> <span lang="en">{role.note_en}</span></a></li>'
        )
    return f"<ul>{''.join(rows)}</ul>"


def _page(body: str) -> str:
    return (
        '<!doctype html><html lang="zh"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/signin.css"><title>演示登录 · Demo sign-in</title>'
        "<main><h1>您想以谁的身份登录？ <small>Who do you want to be?</small></h1>"
        "<p>演示专用：这里没有真实的人，也不需要密码。 <small>For the demonstration alone: nobody here is real, "
        f"and there is no password.</small></p>{body}</main></html>"
    )
