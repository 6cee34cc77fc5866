"""Wires beats: the hub hears regions with a code and tells all; each of these beats, and each but the hub listens."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from chassis.loop import Step
from chassis.postgres.pool import Connection
from chassis.postgres.transactions import Transactions
from chassis.run import Runtime
from chassis.stream.model import StreamSpec
from healthcode.region import Region
from services.recognition.domain.catalogue import Catalogue
from services.recognition.domain.message import Signer
from services.recognition.handlers.link import send_beat, tell_links
from services.recognition.store.link import PostgresLinks
from services.recognition.stream.link import beats_spec, links_spec


class LinkParts(NamedTuple):
    """What is consumed, and what time drives."""

    specs: list[StreamSpec]
    steps: list[Step]


def link_parts(
    runtime: Runtime, region: Region, signer: Signer, members: Sequence[Mapping[str, Any]], catalogue: Catalogue
) -> LinkParts:
    """The parts of a region. `members`: the regions of the catalogue, as it is written."""
    clock = runtime.clock

    def store(connection: Connection) -> PostgresLinks:
        return PostgresLinks(connection, region.code, signer)

    books = Transactions(runtime.pool, store)
    nation = next(each["code"] for each in members if each.get("hub"))

    async def beat() -> bool:
        async with books.begin() as book:
            return await send_beat(book, region.code, nation, clock.now())

    async def tell() -> bool:
        async with books.begin() as book:
            return await tell_links(book, region.code, clock.now())

    if region.hub:
        others = sorted({each["code"] for each in members if not each.get("hub") and not each.get("adopts")})
        return LinkParts([beats_spec(others, catalogue, clock, store)], [tell])
    return LinkParts([links_spec(catalogue, clock, store)], [beat] if "issuer" in region.services else [])
