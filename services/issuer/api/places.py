"""Places with a code at their door, and passes: of one's own, of the door, and for officers who say for what."""

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from healthcode.areas import is_known
from healthcode.credential.place import PlaceCode, sign_place
from healthcode.values import Scope, label
from services.issuer.api.deps import Deps
from services.issuer.api.place_models import (
    PLACE,
    PLACE_PATTERN,
    DoorPasses,
    EntryOut,
    FoundPasses,
    OwnPasses,
    OwnSearches,
    PassIn,
    PlaceIn,
    PlaceOut,
    SearchIn,
)
from services.issuer.api.problems import SEARCHER_UNVERIFIED, as_problems, invalid_field
from services.issuer.api.render import act_word, answer, language
from services.issuer.domain.place import Kept, Place, Search
from services.issuer.handlers.place import WrongSpan, enter, search_passes

DOOR_SEES: Final = timedelta(minutes=15)
DOOR_LINES: Final = 100
MOST_FOUND: Final = 1000
SEARCHES: Final = 100

Keeper = Annotated[Principal, Depends(requires("officer", "integrator", own_region=True))]
Officer = Annotated[Principal, Depends(requires("officer", own_region=True))]
Citizen = Annotated[Principal, Depends(requires("citizen"))]
PlaceId = Annotated[str, Path(pattern=PLACE_PATTERN, examples=[PLACE])]
Cursor = Annotated[int | None, Query(ge=1, le=2**62, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=100)]


def router(deps: Deps) -> APIRouter:
    """`/v1/places`, `/v1/me/passes` and `/v1/passes/searches`."""
    routes = APIRouter(prefix="/v1", tags=["places and passes"])
    _add_places(routes, deps)
    _add_own(routes, deps)
    _add_searches(routes, deps)
    return routes


def _add_places(routes: APIRouter, deps: Deps) -> None:
    def shown(place: Place) -> dict[str, Any]:
        now = deps.clock.now()
        code = PlaceCode(region=deps.entries.region, place=place.id, name=place.name, issued_at=now)
        with as_problems():
            text = sign_place(code, deps.keys.lists(now))
        return {
            "place": place.id,
            "name": place.name,
            "area": place.area,
            "code": text,
            "registered_at": place.registered_at,
            "closed_at": place.closed_at,
        }

    @routes.post("/places", status_code=201, responses={201: {"model": PlaceOut}})
    async def register_place(caller: Keeper, said: PlaceIn) -> Response:
        """A code for a door. Each is a place of its own, so asking twice does no harm: no Idempotency-Key.

        An integrator needs the scope `places.register`, an officer an authority.
        """
        if not is_known(said.area):
            raise invalid_field("unknown_place_area", pointer="#/area")
        place = Place(
            id=deps.entries.new_place(),
            name=said.name,
            area=said.area,
            owner=await _owner(deps, caller),
            registered_by=caller.sub,
            registered_at=deps.clock.now(),
        )
        await deps.entries.places.add(place)
        return answer(shown(place), 201)

    @routes.post("/places/{place}/closure", responses={200: {"model": PlaceOut}})
    async def close_place(place: PlaceId, caller: Keeper) -> Response:
        """Nobody is let in any more by its code; again changes nothing."""
        closed = await deps.entries.places.close(place, await _owner(deps, caller), deps.clock.now())
        if closed is None:
            raise Problem(NOT_FOUND)
        return answer(shown(closed))

    @routes.get("/places/{place}/passes", responses={200: {"model": DoorPasses}})
    async def watch_door(place: PlaceId, caller: Keeper) -> Response:
        """Who was let in within a quarter of an hour, by number alone: any browser at the door can show it."""
        found = await deps.entries.places.find(place)
        if found is None or found.owner != await _owner(deps, caller):
            raise Problem(NOT_FOUND)
        kept = await deps.entries.passes.at_place(place, deps.clock.now() - DOOR_SEES, DOOR_LINES)
        items = [{"at": each.what.at, "number": each.what.number, "how": each.what.how} for each in kept]
        return answer({"items": items})


def _add_own(routes: APIRouter, deps: Deps) -> None:
    @routes.post("/me/passes", responses={200: {"model": EntryOut}})
    async def scan_place(caller: Citizen, request: Request, said: PassIn) -> Response:
        """Scan the code at a door: one's own code decides, and who is let in has it on record. No app at the door."""
        subject, now, lang = deps.subject_of(caller), deps.clock.now(), language(request)
        deps.clients.ask_of(subject)
        place = await deps.entries.behind(said.place, now)
        with as_problems():
            entered = await enter(deps.views, deps.entries.passes, place, subject, now, deps.entries.new_number)
        code, entry = entered.code, entered.entry
        body = {
            "admitted": entry is not None,
            "name": place.name,
            "color": code.color.value,
            "word": label(code.color, lang),
            "act": code.act,
            "act_word": act_word(code.act, lang),
            "at": now,
            "number": entry.number if entry else None,
        }
        return answer(body)

    @routes.get("/me/passes", responses={200: {"model": OwnPasses}})
    async def read_own_passes(caller: Citizen, cursor: Cursor = None, limit: Limit = 20) -> Response:
        """Where one was let in, latest first; nobody else sees this but officers who say for what."""
        kept = await deps.entries.passes.of_person(deps.subject_of(caller), cursor, limit + 1)
        more = kept[limit - 1].id if len(kept) > limit else None
        days = deps.entries.kept_days
        return answer({"items": [_shown(each) for each in kept[:limit]], "next": more, "kept_days": days})

    @routes.get("/me/passes/searches", responses={200: {"model": OwnSearches}})
    async def read_own_searches(caller: Citizen) -> Response:
        """Which authority searched for one's passes, or for those of a place where one was; and for what."""
        found = await deps.entries.passes.searches(deps.subject_of(caller), SEARCHES)
        items = [
            {
                "at": each.at,
                "authority": each.authority,
                "purpose": each.purpose,
                "by_place": each.subject is None,
                "since": each.since,
                "until": each.until,
            }
            for each in found
        ]
        return answer({"items": items})


def _add_searches(routes: APIRouter, deps: Deps) -> None:
    @routes.post("/passes/searches", responses={200: {"model": FoundPasses}})
    async def search(caller: Officer, said: SearchIn) -> Response:
        """Passes of a person or at a place. The search is on record before it is answered; the people see it."""
        if not caller.person or not caller.authority:
            raise Problem(SEARCHER_UNVERIFIED)
        if (said.subject is None) == (said.place is None):
            raise invalid_field("one_of_two", pointer="#/subject")
        wanted = Search(
            at=deps.clock.now(),
            caller=caller.sub,
            authority=caller.authority,
            purpose=said.purpose,
            subject=said.subject,
            place=said.place,
            since=said.since,
            until=said.until,
        )
        try:
            found = await search_passes(deps.entries.passes, wanted, MOST_FOUND + 1)
        except WrongSpan:
            raise invalid_field("span_of_search", pointer="#/until") from None
        items = [{**_shown(each), "subject": each.what.subject} for each in found[:MOST_FOUND]]
        return answer({"items": items, "complete": len(found) <= MOST_FOUND})


async def _owner(deps: Deps, caller: Principal) -> str:
    """Whose places a caller keeps: an authority's, or a client's."""
    if "officer" in caller.roles:
        if not caller.authority:
            raise Problem(SEARCHER_UNVERIFIED)
        return f"authority/{caller.authority}"
    return f"client/{(await deps.clients.admit(caller, Scope.PLACES)).client}"


def _shown(kept: Kept) -> dict[str, Any]:
    what = kept.what
    return {
        "place": what.place,
        "name": kept.name,
        "area": kept.area,
        "at": what.at,
        "color": what.color.value,
        "number": what.number,
        "how": what.how,
    }
