"""The folder of the pages, and what lies outside: the identity provider, the nation."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from services.portal.domain import HASHED, Asset, Token
from services.portal.ports import CodeRefusedError, ProviderAwayError

SECONDS: Final = 5.0
LONGEST: Final = 1 << 20
MEDIA_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}


def read_pages(folder: Path) -> dict[str, Asset]:
    """Every file of the built pages by its path below the folder; none when there is no folder."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): _asset(file, folder) for file in files}


def _asset(file: Path, folder: Path) -> Asset:
    body = file.read_bytes()
    packed = gzip.compress(body, 9, mtime=0)
    media_type = MEDIA_TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Asset(
        body=body,
        packed=packed if len(packed) < len(body) else None,
        media_type=media_type,
        tag=f'"{hashlib.sha256(body).hexdigest()[:24]}"',
        forever=file.relative_to(folder).as_posix().startswith(HASHED),
    )


class HttpProvider:
    """Implements Provider over HTTP."""

    def __init__(self, client: httpx.AsyncClient, url: str, client_id: str) -> None:
        self._client = client
        self._url = url
        self._client_id = client_id

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> Token:
        """See Provider."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self._client_id,
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        try:
            answer = await self._client.post(self._url, data=form)
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise ProviderAwayError(type(fault).__name__) from None
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise ProviderAwayError(f"it answered {answer.status_code}")
        return _token(answer)


def _token(answer: httpx.Response) -> Token:
    try:
        document: Mapping[str, Any] = answer.json()
        token, seconds = document["access_token"], document["expires_in"]
    except (ValueError, KeyError, TypeError):
        raise CodeRefusedError(f"it answered {answer.status_code}") from None
    if not isinstance(token, str) or not isinstance(seconds, int):
        raise CodeRefusedError("its answer holds no token")
    return Token(token, seconds)


class HttpNation:
    """Implements Nation over HTTP."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url.rstrip("/") + "/v1/trust-list"

    async def trust_list(self) -> bytes:
        """See Nation."""
        try:
            answer = await self._client.get(self._url)
            answer.raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise ProviderAwayError(type(fault).__name__) from None
        if len(answer.content) > LONGEST:
            raise ProviderAwayError("its trust list is too long")
        return answer.content
