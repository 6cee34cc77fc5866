"""Recognition's stores in memory."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from healthcode.envelope import Encoded, encode, national_topic, topic_name
from healthcode.events import GuestChanged, HolderWanted, LinkBeat, LinksHeard
from services.recognition.domain.ask import Ask
from services.recognition.domain.guest import Guest
from services.recognition.domain.home import Home, HomeCode, Watch
from services.recognition.domain.link import Link, LinkMessage
from services.recognition.domain.message import INBOX, Between, Message, Signer, hearer
from services.recognition.domain.route import Route
from services.recognition.ports.ask import Answered
from services.recognition.ports.membership import Silence


def to_hub(region: str, signer: Signer, messages: Sequence[Between]) -> list[Encoded]:
    topic = national_topic(region, INBOX)
    wires = [encode(each, owner=region, service="recognition", time=each.at, topic=topic) for each in messages]
    return [signer.sign(Message(each, wire)) for each, wire in zip(messages, wires, strict=True)]


class HomeTwin:
    """Implements HomeStore; what it sends is in `outbox`."""

    def __init__(self, region: str, signer: Signer, outbox: list[Encoded]) -> None:
        self.homes: dict[str, Home] = {}
        self.counts: dict[tuple[str, datetime], int] = {}
        self._region = region
        self._signer = signer
        self._outbox = outbox

    async def lock(self, subjects: Sequence[str]) -> dict[str, Home]:
        for subject in subjects:
            self.homes.setdefault(subject, Home())
        return {subject: self.homes[subject] for subject in sorted(set(subjects))}

    async def lock_known(self, subjects: Sequence[str]) -> dict[str, Home]:
        return {subject: self.homes[subject] for subject in sorted(set(subjects)) if subject in self.homes}

    async def watched_as(self, handles: Sequence[str]) -> dict[str, str]:
        watches = [watch for home in self.homes.values() for watch in home.watches.values()]
        return {watch.handle: watch.subject for watch in watches if watch.handle in handles and watch.handle}

    async def over(self, now: datetime, limit: int) -> list[str]:
        over = [s for s, home in self.homes.items() if any(watch.until <= now for watch in home.watches.values())]
        return over[:limit]

    async def save(self, before: Mapping[str, Home], after: Mapping[str, Home], messages: Sequence[Between]) -> None:
        assert before.keys() == after.keys()
        self.homes.update(after)
        self._outbox.extend(to_hub(self._region, self._signer, messages))

    async def count(self, region: str, hour: datetime, asked: int) -> int:
        self.counts[region, hour] = self.counts.get((region, hour), 0) + asked
        return self.counts[region, hour]

    async def seek(self, wanted: Sequence[HolderWanted]) -> None:
        self._outbox += [encode(each, owner=self._region, service="recognition", time=each.at) for each in wanted]


class AskTwin:
    """Implements AskStore and AskViews; what it sends is in `outbox`."""

    def __init__(self, region: str, signer: Signer, outbox: list[Encoded]) -> None:
        self.asks: dict[str, Ask] = {}
        self._region = region
        self._signer = signer
        self._outbox = outbox

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["AskTwin"]:
        yield self

    async def add(self, asks: Sequence[Ask]) -> set[str]:
        added = set()
        for each in asks:
            if each.credential is None or await self.ask_about(each.credential) is None:
                self.asks[each.ask] = each
                added.add(each.ask)
        return added

    async def send(self, messages: Sequence[Between]) -> None:
        self._outbox.extend(to_hub(self._region, self._signer, messages))

    async def answered(self, answers: Sequence[Answered]) -> None:
        for answer in answers:
            known = self.asks.get(answer.ask)
            if known is not None and known.origin == answer.origin and known.state == "asked":
                self.asks[answer.ask] = replace(known, state=answer.state, handle=answer.handle)

    async def close(self, handles: Sequence[str]) -> None:
        self.asks = {ask: each for ask, each in self.asks.items() if each.handle not in handles}

    async def forget(self, now: datetime, limit: int) -> int:
        old = [each.ask for each in self.asks.values() if each.until <= now][:limit]
        for ask in old:
            del self.asks[ask]
        return len(old)

    async def ask(self, ask: str) -> Ask | None:
        return self.asks.get(ask)

    async def ask_about(self, credential: bytes) -> Ask | None:
        return next((each for each in self.asks.values() if each.credential == credential), None)


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
            topic = topic_name("national", f"{hearer(message.event)}.v1")
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
        return [watch for watch in watches if watch.tells(now)]

    async def code(self, subject: str) -> HomeCode | None:
        home = self._homes.homes.get(subject) if self._homes else None
        return home.code if home else None

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
