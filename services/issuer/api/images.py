"""The code as a picture, to look at: it has no proof, so a scan takes it only where a region lets pictures count."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from services.issuer.api.deps import Deps
from services.issuer.api.problems import as_problems
from services.issuer.api.qr import png, svg
from services.issuer.api.render import NO_STORE, language

Citizen = Annotated[Principal, Depends(requires("citizen"))]


class SvgResponse(Response):
    """A picture as SVG."""

    media_type = "image/svg+xml"


class PngResponse(Response):
    """A picture as PNG."""

    media_type = "image/png"


def router(deps: Deps) -> APIRouter:
    """`/v1/me/code.svg` and `/v1/me/code.png`."""
    routes = APIRouter(prefix="/v1/me", tags=["generate code"])

    @routes.get("/code.svg", response_class=SvgResponse)
    async def draw_svg(caller: Citizen, request: Request) -> Response:
        """The QR code of a fresh credential, in a frame of the color, with the word below.

        It carries no holder's proof: scanned, it is *not fresh*, unless the region lets pictures count.
        """
        with as_problems():
            made = await deps.issue(deps.subject_of(caller))
        # drawing takes some 30 ms of processor time
        picture = await asyncio.to_thread(svg, made.text, made.code.color, language(request))
        return SvgResponse(picture, headers={"Cache-Control": NO_STORE})

    @routes.get("/code.png", response_class=PngResponse)
    async def draw_png(caller: Citizen) -> Response:
        """As the SVG; the word below is English, for the fonts of a server may have no other letters."""
        with as_problems():
            made = await deps.issue(deps.subject_of(caller))
        picture = await asyncio.to_thread(png, made.text, made.code.color)
        return PngResponse(picture, headers={"Cache-Control": NO_STORE})

    return routes
