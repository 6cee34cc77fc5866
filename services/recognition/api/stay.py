"""A guest's own page, opened by a token of their home, and the end of the stay."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Request, Response
from pydantic import Field

from chassis.http.body import Body
from chassis.http.problems import Problem, problem_type
from services.recognition.api import NO_GUEST, Deps, GuestAnswer, Handle, Reader, guest_answer
from services.recognition.domain.guest import Guest, Host
from services.recognition.domain.token import Claims, NotBelieved
from services.recognition.handlers.guest import NoGuest, take_leave
from services.recognition.ports.ask import Stays

NOT_SHOWN: Final = problem_type(
    "guest-not-shown",
    403,
    "2403",
    "This is no guest's token of this region that its holder shows now",
    "不是本地区有效的来访凭证，或持有人未当场出示",
    detail_en="Fetch a fresh token at home, correct the device's clock, and sign a new proof: one counts for a minute.",
    detail_zh="请从所属地区重新获取凭证，校准设备时间并重新签名：每次签名一分钟内有效。",
)
Jws = Annotated[str, Field(min_length=1, max_length=2048, examples=["eyJhbGciOiJFUzI1NiJ9…"])]
Believe = Callable[[str, str, datetime], Claims]


class ShownIn(Body):
    """A guest's token, and the proof of its holder."""

    token: Jws
    proof: Jws


@dataclass(frozen=True, slots=True)
class StayDeps:
    """What the routes need. `believe` raises NotBelieved."""

    guests: Deps
    host: Host
    believe: Believe
    stays: Stays


def stay_router(deps: StayDeps) -> APIRouter:
    """`/v1/guests/me` and departures, in regions that have guests."""
    routes = APIRouter(prefix="/v1/guests", tags=["recognition"])

    @routes.post("/me")
    async def read_own_page(said: ShownIn, request: Request) -> GuestAnswer:
        """What one counts as here, and why. No login: whoever holds the key that the home's token names is the guest.

        A gate that is shown a token and a proof asks the same.
        """
        return guest_answer(await _shown(deps, said), await deps.guests.views.links(), deps.guests, request)

    @routes.post("/me/departure", status_code=204)
    async def leave_by_oneself(said: ShownIn) -> Response:
        """One has left: the watch ends at once, and the home hears of it."""
        return await _left(deps, (await _shown(deps, said)).handle)

    @routes.post("/{handle}/departure", status_code=204)
    async def report_departure(handle: Handle, _: Reader) -> Response:
        """A guest has left, as a hotel or a gate sees it: the watch ends at once, and the home hears of it."""
        return await _left(deps, handle)

    return routes


async def _shown(deps: StayDeps, said: ShownIn) -> Guest:
    now = deps.guests.clock.now()
    try:
        claims = deps.believe(said.token, said.proof, now)
    except NotBelieved:
        raise Problem(NOT_SHOWN) from None
    guest = await deps.guests.views.guest(claims.sub)
    if guest is None or guest.origin != claims.iss or guest.watched_until <= now:
        raise Problem(NO_GUEST)
    return guest


async def _left(deps: StayDeps, handle: str) -> Response:
    try:
        async with deps.stays.begin() as stay:
            await take_leave(stay, deps.host, handle, deps.guests.clock.now())
    except NoGuest:
        raise Problem(NO_GUEST) from None
    return Response(status_code=204)
