"""Recognition's stores in memory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from healthcode.envelope import Encoded, encode, national_topic, topic_name
from healthcode.events import GuestChanged, LinkBeat, LinksHeard
from services.recognition.domain.guest import Guest
from services.recognition.domain.home import Home, Watch
from services.recognition.domain.link import Link, LinkMessage
from services.recognition.domain.message import Message, Signer, Watched
from services.recognition.domain.route import Route
from services.recognition.ports.membership import Silence


class HomeTwin:
    """Implements HomeStore; what it sends is in `outbox`."""

    def __init__(self, region: str, signer: Signer, outbox: list[Encoded]) -> None:
        self.homes: dict[str, Home] = {}
        self._region = region
        self._signer = signer
        self._outbox = outbox

    async def lock(self, subjects: Sequence[str]) -> dict[str, Home]:
        for subject in subjects:
            self.homes.setdefault(subject, Home())
        return {subject: self.homes[subject] for subject in sorted(set(subjects))}

    async def over(self, now: datetime, limit: int) -> list[str]:
        over = [s for s, home in self.homes.items() if any(watch.until <= now for watch in home.watches.values())]
        return over[:limit]

    async def save(self, before: Mapping[str, Home], after: Mapping[str, Home], messages: Sequence[Watched]) -> None:
        assert before.keys() == after.keys()
        self.homes.update(after)
        for message in messages:
            topic = topic_name("national", f"{self._region}.inbox.v1")
            wire = encode(message, owner=self._region, service="recognition", time=message.at, topic=topic)
            self._outbox.append(self._signer.sign(Message(message, wire)))


class SilenceTwin:
    """Implements Silences beside the homes."""

    def __init__(self, homes: HomeTwin) -> None:
        self.known: dict[str, str] = {}
        self._homes = homes

    async def note(self, regions: Collection[str]) -> None:
        self.known |= dict.fromkeys(regions, "")

    async def lock(self) -> list[Silence]:
        return [Silence(region, self.known[region]) for region in sorted(self.known)]

    async def watches(self, destination: str | None, after: str, limit: int) -> list[tuple[str, str]]:
        every = (watch for home in self._homes.homes.values() for watch in home.watches.values())
        mine = [
            (watch.trip, watch.subject)
            for watch in every
            if watch.handle and watch.trip > after and destination in {None, watch.destination}
        ]
        return sorted(mine)[:limit]

    async def move(self, region: str, cursor: str) -> None:
        self.known[region] = cursor

    async def end(self, region: str) -> None:
        del self.known[region]


class RouteTwin:
    """Implements RouteStore; what it sends is in `outbox`."""

    def __init__(self, signer: Signer, outbox: list[Encoded]) -> None:
        self.routes: dict[str, Route] = {}
        self._signer = signer
        self._outbox = outbox

    async def lock(self, handles: Sequence[str]) -> dict[str, Route]:
        return {handle: self.routes[handle] for handle in sorted(set(handles)) if handle in self.routes}

    async def save(self, routes: Sequence[Route], messages: Sequence[Message]) -> None:
        self.routes.update({route.handle: route for route in routes})
        for message in messages:
            topic = topic_name("national", f"{message.event.destination}.v1")
            wire = Encoded(topic, message.wire.key, message.wire.value, message.wire.headers)
            self._outbox.append(self._signer.sign(Message(message.event, wire)))

    async def purge(self, before: datetime, limit: int) -> int:
        over = [handle for handle, route in self.routes.items() if route.until < before][:limit]
        for handle in over:
            del self.routes[handle]
        return len(over)


class GuestTwin:
    """Implements GuestStore, and Views; what it publishes is in `outbox`."""

    def __init__(
        self, region: str, outbox: list[Encoded], homes: HomeTwin | None = None, book: "LinkTwin | None" = None
    ) -> None:
        self.known: dict[str, Guest] = {}
        self.book = book
        self._region = region
        self._outbox = outbox
        self._homes = homes

    async def lock(self, handles: Sequence[str]) -> dict[str, Guest]:
        return {handle: self.known[handle] for handle in sorted(set(handles)) if handle in self.known}

    async def lock_over(self, now: datetime, limit: int) -> dict[str, Guest]:
        over = [guest for guest in self.known.values() if guest.watched_until <= now]
        return {guest.handle: guest for guest in over[:limit]}

    async def lock_miscovered(self, away: Mapping[str, str | None], limit: int) -> dict[str, Guest]:
        found = [g for g in self.known.values() if not g.ended and away.get(g.origin, g.covered) != g.covered]
        return {guest.handle: guest for guest in found[:limit]}

    async def save(self, guests: Sequence[Guest], events: Sequence[GuestChanged]) -> None:
        self.known.update({guest.handle: guest for guest in guests})
        self._publish(events)

    async def forget(self, guests: Sequence[Guest], events: Sequence[GuestChanged]) -> None:
        for guest in guests:
            del self.known[guest.handle]
        self._publish(events)

    async def guest(self, handle: str) -> Guest | None:
        found = self.known.get(handle)
        return None if found is None or found.ended else found

    async def guests(self, after: str, limit: int) -> list[Guest]:
        return [self.known[h] for h in sorted(self.known) if h > after and not self.known[h].ended][:limit]

    async def watches(self, subject: str, now: datetime) -> list[Watch]:
        home = self._homes.homes.get(subject) if self._homes else None
        watches = home.watches.values() if home else []
        return [watch for watch in watches if watch.handle and watch.until > now]

    async def links(self) -> dict[str, Link]:
        return {link.region: link for link in await self.book.links()} if self.book else {}

    def _publish(self, events: Sequence[GuestChanged]) -> None:
        for event in events:
            self._outbox.append(encode(event, owner=self._region, service="recognition", time=event.changed_at))


class LinkTwin:
    """Implements LinkBook; what it sends is in `outbox`."""

    def __init__(self, region: str, signer: Signer, outbox: list[Encoded]) -> None:
        self.rows: dict[str, tuple[Link, int]] = {}
        self._spoke: datetime | None = None
        self._sequence = 0
        self._region = region
        self._signer = signer
        self._outbox = outbox

    async def turn(self, now: datetime, every: timedelta) -> int | None:
        if self._spoke is not None and now - every < self._spoke <= now:
            return None
        self._spoke, self._sequence = now, max(self._sequence + 1, int(now.timestamp() * 1000))
        return self._sequence

    async def heard(self, links: Sequence[tuple[Link, int]]) -> None:
        for link, sequence in links:
            if link.region not in self.rows or self.rows[link.region][1] < sequence:
                self.rows[link.region] = (link, sequence)

    async def links(self) -> list[Link]:
        return [link for link, _ in self.rows.values()]

    async def send(self, events: Sequence[LinkBeat | LinksHeard]) -> None:
        for event in events:
            topic = national_topic(event.key, event.topic)
            wire = encode(event, owner=self._region, service="recognition", time=event.at, topic=topic)
            self._outbox.append(self._signer.sign(LinkMessage(event, wire)))
