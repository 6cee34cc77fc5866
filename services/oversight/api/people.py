"""How many people have which color now, over HTTP."""

from fastapi import APIRouter

from healthcode.values import Color
from services.oversight.api.deps import Deps, Reader
from services.oversight.api.models import PeopleOut, ResidentsOut


def router(deps: Deps) -> APIRouter:
    """`/v1/oversight/people`."""
    routes = APIRouter(prefix="/v1/oversight", tags=["oversight"])

    @routes.get("/people")
    async def count_people(_: Reader) -> PeopleOut:
        """How many have which color now, by prefecture; the counts by `previous` say how it came to that."""
        found = await deps.views.residents()
        items = [ResidentsOut(area=each.area, color=Color(each.color), people=each.people) for each in found]
        return PeopleOut(items=items, as_of=await deps.views.latest())

    return routes
