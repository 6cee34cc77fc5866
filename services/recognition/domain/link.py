"""How old what is known of a guest is: when home was last heard through the hub, by spans that one clock measures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from healthcode.envelope import Encoded
from healthcode.events import LinkBeat, LinksHeard
from healthcode.values import Coded
from services.recognition.domain.catalogue import Catalogue
from services.recognition.domain.message import Refusal, Signable, signer_of, timed

BEAT: Final = timedelta(seconds=10)
SILENT: Final = 4 * BEAT
"""A link counts as silent when so long nothing came over it: a few beats may be late."""


class Silence(Coded):
    """Which part of the way from home is silent."""

    HOME = "home", "所属地区暂无消息", "nothing is heard from the home region"
    HUB = "hub", "国家枢纽暂无消息", "nothing is heard from the hub"


@dataclass(frozen=True, slots=True)
class LinkMessage:
    """What is said of links, as it lies on a topic."""

    event: LinkBeat | LinksHeard
    wire: Encoded


class Link(NamedTuple):
    """What was last heard of a region, at `heard_at` by our clock; by then it had been `silent` so long for the hub."""

    region: str
    heard_at: datetime
    silent: timedelta = timedelta()


class Freshness(NamedTuple):
    """Up to when what is shown is what home says, and what is silent since."""

    as_of: datetime
    silence: Silence | None


def freshness(links: Mapping[str, Link], origin: str, changed_at: datetime, now: datetime) -> Freshness:
    """How fresh what is known of a person of that region is; `changed_at`: when something was last heard of them."""
    link = links.get(origin)
    hub = max((each.heard_at for each in links.values()), default=None)
    away = hub is None or now - hub > SILENT
    if link is None:
        return Freshness(min(changed_at, now), Silence.HUB if away else Silence.HOME)
    age = now - link.heard_at + link.silent
    silence = Silence.HUB if away else Silence.HOME if age > SILENT else None
    return Freshness(min(max(now - age, changed_at), now), silence)


def believe_beat(message: Signable, region: str, catalogue: Catalogue, now: datetime) -> None:
    """What the hub requires of a beat on a region's topic: that region says it of itself. Raises Refusal."""
    timed(message.event)
    if not signer_of(message, catalogue, now) == message.event.origin == region:
        raise Refusal("not-the-origin", "a region may only speak of itself")


def believe_links(message: Signable, own: str, catalogue: Catalogue, now: datetime) -> None:
    """What a region requires of what is heard of all: the hub says it, to this region. Raises Refusal."""
    timed(message.event)
    if message.event.destination != own:
        raise Refusal("wrong-destination", "the message is for another region")
    member = catalogue.member(signer_of(message, catalogue, now), now)
    if member is None or not member.hub:
        raise Refusal("not-the-hub", "only the nation's hub speaks here")


def beat(region: str, nation: str, sequence: int, now: datetime) -> LinkBeat:
    """A region's beat."""
    return LinkBeat(id=f"{region}.{sequence}", origin=region, destination=nation, sequence=sequence, at=now)


def heard(nation: str, regions: Iterable[str], links: Iterable[Link], sequence: int, now: datetime) -> list[LinksHeard]:
    """What the hub has heard of each region, for all of them; of itself just now."""
    silent = {link.region: max(0.0, (now - link.heard_at).total_seconds()) for link in links} | {nation: 0.0}
    return [
        LinksHeard(
            id=f"{region}.{sequence}", origin=nation, destination=region, sequence=sequence, silent=silent, at=now
        )
        for region in sorted(regions)
    ]
