"""Wires beats: the hub hears regions with a code and tells all; each of these beats, and each but the hub listens."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from chassis.loop import Step
from chassis.postgres.pool import Connection
from chassis.postgres.transactions import Transactions
from chassis.run import Component, Runtime
from healthcode.region import Region
from services.recognition.domain.catalogue import Catalogue
from services.recognition.domain.message import Signer
from services.recognition.handlers.link import send_beat, tell_links
from services.recognition.store.link import PostgresLinks
from services.recognition.stream.crew import codes_of, crew_of
from services.recognition.stream.link import beats_spec, links_spec


class LinkParts(NamedTuple):
    """What is consumed, and what time drives."""

    workers: list[Component]
    steps: list[Step]


def link_parts(
    runtime: Runtime, region: Region, signer: Signer, document: Callable[[], Mapping[str, Any]], catalogue: Catalogue
) -> LinkParts:
    """The parts of a region. `document`: the catalogue as it stands."""
    clock = runtime.clock

    def store(connection: Connection) -> PostgresLinks:
        return PostgresLinks(connection, region.code, signer)

    books = Transactions(runtime.pool, store)
    nation = next(each["code"] for each in document()["regions"] if each.get("hub"))

    async def beat() -> bool:
        if catalogue.away(region.code, clock.now()) is not None:
            return False  # nobody listens, and before it has joined there is no topic for it
        async with books.begin() as book:
            return await send_beat(book, region.code, nation, clock.now())

    async def tell() -> bool:
        async with books.begin() as book:
            return await tell_links(book, nation, codes_of(document()) - {nation}, clock.now())

    if region.hub:
        beats = partial(beats_spec, catalogue=catalogue, clock=clock, store=store)
        return LinkParts([crew_of(runtime, "beats", document, beats)], [tell])
    listener = runtime.worker(links_spec(region.code, catalogue, clock, store))
    return LinkParts([listener], [beat] if "issuer" in region.services else [])
