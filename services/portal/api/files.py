"""The files of the pages, from memory. Nothing but them can be asked for, so no path leads out of the folder."""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from services.portal.api.problems import NOT_BUILT
from services.portal.domain import Asset

PREFIX: Final = "/app/"
PAGES: Final = {"": "index.html", "checkpoint": "checkpoint.html", "console": "console.html"}
"""What the addresses of the pages stand for."""
FOREVER: Final = "public, max-age=31536000, immutable"
ASK: Final = "no-cache"
# The scanner is compiled code, which a browser runs with this word alone; it lets in no text that is run as a script.
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
GUARDS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def file_router(assets: Mapping[str, Asset]) -> APIRouter:
    """`/app/…`: each file of the built pages; `/` leads there."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def door() -> RedirectResponse:
        return RedirectResponse(PREFIX, 302)

    @routes.get("/app")
    async def slash() -> RedirectResponse:
        return RedirectResponse(PREFIX, 302)

    @routes.get(PREFIX + "{path:path}")
    async def file(path: str, request: Request) -> Response:
        if not assets:
            raise Problem(NOT_BUILT)
        asset = assets.get(PAGES.get(path, path))
        if asset is None:
            raise Problem(NOT_FOUND)
        return served(asset, request)

    return routes


def served(asset: Asset, request: Request) -> Response:
    """A file, packed where the browser takes that; 304 where it has it already."""
    headers = {
        **GUARDS,
        "cache-control": FOREVER if asset.forever else ASK,
        "etag": asset.tag,
        "vary": "accept-encoding",
    }
    if asset.tag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, 200, {**headers, "content-encoding": "gzip"}, media_type=asset.media_type)
    return Response(asset.body, 200, headers, media_type=asset.media_type)
