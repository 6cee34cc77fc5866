"""The journeys over the stores' twins: the streams' own decoding and handling, and nothing else."""

import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from chassis.documents import read_yaml
from chassis.kafka.model import Record
from chassis.postgres.pool import Connection
from chassis.stream.dead_letters import dead_letter
from chassis.stream.model import Delivery, Rejected, StreamSpec
from healthcode.envelope import Encoded, encode
from healthcode.events import Event
from healthcode.pseudonym import guest_subject
from healthcode.region import Region, Watches, region_from
from healthcode.values import IdType
from services.recognition.bootstrap import read_translation
from services.recognition.bootstrap.sharing import opening_with, read_kinds, read_shares, sealing_to
from services.recognition.domain.ask import Ask, Asking, digest_of
from services.recognition.domain.correction import Contesting
from services.recognition.domain.guest import Host
from services.recognition.domain.home import Origin
from services.recognition.domain.received import Receiver
from services.recognition.domain.sharing import Share, Sharing
from services.recognition.domain.sought import ByDocument, open_sought
from services.recognition.handlers.ask import forget_asks, register
from services.recognition.handlers.asked import Asked
from services.recognition.handlers.guest import end_guests
from services.recognition.handlers.home import end_watches
from services.recognition.handlers.link import send_beat, tell_links
from services.recognition.handlers.route import forget_routes
from services.recognition.handlers.sharing import forget_facts, send_again
from services.recognition.ports import HomeStore
from services.recognition.ports.correction import Counter
from services.recognition.stream.ask import holders_spec, scans_spec
from services.recognition.stream.correction import answered_part, contests_spec, passed_part
from services.recognition.stream.home import home_spec
from services.recognition.stream.link import beats_spec, links_spec
from services.recognition.stream.national import (
    Part,
    answer_part,
    asked_part,
    guest_part,
    hub_spec,
    left_part,
    receipt_part,
    told_spec,
)
from services.recognition.stream.sharing import Abroad, AtHome, facts_spec
from tests.support.recognition import NATION, NOW, REGIONS, Nation, TestClock, pseudonym
from tests.twins.recognition import AskTwin, GuestTwin, HomeTwin, LinkTwin, RouteTwin
from tests.twins.recognition_asks import AskJourneys
from tests.twins.recognition_contests import ContestJourneys, ContestTwin
from tests.twins.recognition_journeys import RecognitionJourneys
from tests.twins.sharing import ReceivedTwin, ShareTwin
from tests.twins.sharing_journeys import SharingJourneys
from tests.twins.sharing_rules import SharingRules

NO_CONNECTION = cast("Connection", None)


def new_id() -> str:
    return uuid.uuid4().hex


class TwinWorld:
    """All regions in memory."""

    def __init__(self, nation: Nation) -> None:
        self.nation = nation
        self.clock = TestClock()
        self.topics: dict[str, list[Encoded]] = defaultdict(list)
        self.asks: dict[str, AskTwin] = {}
        self.shares: dict[str, ShareTwin] = {}
        self._outbox: list[Encoded] = []
        self._specs: list[StreamSpec] = []
        self._read: dict[tuple[int, str], int] = defaultdict(int)
        self._steps: list[Callable[[], Awaitable[bool]]] = []
        self.homes: dict[str, HomeTwin] = {}
        self.guests: dict[str, GuestTwin] = {}
        self.books: dict[str, LinkTwin] = {}
        for code in REGIONS:
            self._add(code)

    def _add(self, code: str) -> None:
        region = region_from(read_yaml(Path("regions") / code / "region.yaml"))
        translation = read_translation(Path("regions"), region)
        signer, catalogue = self.nation.signer(code), self.nation.catalogue
        told: list[Part] = []
        if "issuer" in region.services:
            zone = ZoneInfo(region.timezone)
            origin = Origin(code, zone, translation, catalogue.hosts, new_id, new_id)
            plain = self.homes[code] = HomeTwin(code, signer, self._outbox)
            sharing = self._sharing(code, plain)

            def homes(_: Connection) -> HomeStore:
                return sharing.people(plain, NO_CONNECTION) if sharing else plain

            if sharing is not None:
                told.append(receipt_part(sharing))
            asked = Asked(origin, partial(open_sought, self.nation.encryption(code)), pseudonym)
            self._specs.append(home_spec(origin, self.clock, homes, sharing))
            self._specs.append(holders_spec(origin, self.clock, homes))
            told += [asked_part(asked, self.clock, homes), left_part(origin, self.clock, homes)]
            self._steps.append(lambda: end_watches(plain, origin, self.clock.now(), 10))
        if region.hub:
            routes = RouteTwin(signer, self._outbox)
            self._specs += [hub_spec(each, catalogue, self.clock, lambda _: routes) for each in REGIONS]
            self._steps.append(lambda: forget_routes(routes, self.clock.now(), 10))
        else:
            host = Host(code, region.way, translation, new_id)
            guests = self.guests[code] = GuestTwin(code, self._outbox)
            opened = self._abroad(region)
            told.append(guest_part(host, self.clock, lambda _: guests, opened))
            desk = opened.desk(NO_CONNECTION) if opened else None
            self._steps.append(lambda: end_guests(guests, host, self.clock.now(), 10, desk))
            asking = Asking(code, region.watches, catalogue.askable, new_id, new_id)
            asks = self.asks[code] = AskTwin(code, signer, self._outbox)
            self._specs.append(scans_spec(asking, self.clock, lambda _: asks))
            self._steps.append(lambda: forget_asks(asks, self.clock.now(), 10))
            told.append(answer_part(lambda _: asks))
        if "declaration" in region.services:
            signs = ContestTwin(code, signer, self._outbox)
            counter = Counter(signs, self.guests.get(code) or GuestTwin(code, []), self.homes[code])
            contesting = Contesting(code, catalogue.encryption, self.nation.encryption(code), new_id, new_id)
            self._specs.append(contests_spec(contesting, self.clock, lambda _: counter))
            told += [part(contesting, self.clock, lambda _: counter) for part in (passed_part, answered_part)]
        self._specs.append(told_spec(code, catalogue, self.clock, told))

        self._add_links(region, LinkTwin(code, signer, self._outbox))

    def _add_links(self, region: Region, book: LinkTwin) -> None:
        self.books[region.code], clock, catalogue = book, self.clock, self.nation.catalogue
        if region.hub:
            self._specs += [beats_spec(each, catalogue, clock, lambda _: book) for each in REGIONS]
            self._steps.append(lambda: tell_links(book, NATION, REGIONS[1:], clock.now()))
        else:
            self._specs.append(links_spec(region.code, catalogue, clock, lambda _: book))
            self._steps.append(lambda: send_beat(book, region.code, NATION, clock.now()))

    def _sharing(self, code: str, homes: HomeTwin) -> AtHome | None:
        """What the region shares by its data."""
        catalogue = self.nation.catalogue
        shares = read_shares(Path("regions"), code, NATION, read_kinds(Path("regions"), NATION))
        if not shares.rules:
            return None
        book = self.shares[code] = ShareTwin()
        sharing = Sharing(code, shares, sealing_to(catalogue), new_id, new_id)
        part = AtHome(sharing, lambda _: homes, lambda _: book, self.clock)
        self._specs.append(facts_spec(code, part))
        self._steps.append(lambda: send_again(homes, book, sharing, self.clock.now(), 10))
        self._steps.append(lambda: forget_facts(book, sharing, self.clock.now(), 10))
        return part

    def _abroad(self, region: Region) -> Abroad | None:
        """What the region opens of others."""
        if "audit" not in region.services:
            return None
        code, kinds = region.code, read_kinds(Path("regions"), NATION)
        key = bytes.fromhex((self.nation.folder / code / "pseudonym.key").read_text())
        opens = opening_with([self.nation.encryption(code)])
        book = ReceivedTwin(code, self.nation.signer(code), self._outbox)
        return Abroad(Receiver(code, kinds, opens, partial(guest_subject, key), new_id), lambda _: book)

    async def shared(self, region: str, subject: str) -> list[Share]:
        return await self.shares[region].mine(subject, NOW - timedelta(days=365), 100)

    async def happen(self, region: str, *events: Event) -> None:
        await self.send(*(encode(event, owner=region, service="other", time=self.clock.now()) for event in events))

    async def send(self, *wires: Encoded) -> None:
        for wire in wires:
            self.topics[wire.topic].append(wire)
        while any([await self._turn(n, spec) for n, spec in enumerate(self._specs)]):
            pass

    async def let_pass(self, time: timedelta) -> None:
        self.clock.at += time
        for step in self._steps:
            while await step():
                pass
        self._publish()
        await self.send()

    def subject(self, region: str, number: str) -> str:
        assert region in REGIONS
        return pseudonym(IdType.PASSPORT, number)

    async def register(self, region: str, origin: str, number: str, until: datetime) -> Ask:
        asking = Asking(region, Watches(), self.nation.catalogue.askable, new_id, new_id)
        document = ByDocument(IdType.PASSPORT, number)
        asked = await register(self.asks[region], asking, origin, document, until, self.clock.now())
        self._publish()
        await self.send()
        return asked

    async def ask(self, region: str, ask: str) -> Ask | None:
        return await self.asks[region].ask(ask)

    async def ask_about(self, region: str, credential: str) -> Ask | None:
        return await self.asks[region].ask_about(digest_of(credential))

    async def written(self, topic: str) -> Sequence[Encoded]:
        return list(self.topics[topic])

    async def _turn(self, number: int, spec: StreamSpec) -> bool:
        """One consumer reads what is new; whether there was anything."""
        read = False
        for topic in spec.topics:
            for wire in self.topics[topic][self._read[number, topic] :]:
                self._read[number, topic] += 1
                read = True
                await self._take(spec, Record(topic, 0, self._read[number, topic], wire.key, wire.value, wire.headers))
        return read

    async def _take(self, spec: StreamSpec, record: Record) -> None:
        try:
            await spec.handle(NO_CONNECTION, [Delivery(record, spec.decode(record))])
        except Rejected as verdict:
            self._outbox.append(dead_letter(record, verdict.code, verdict.detail, consumer="recognition.test"))
        self._publish()

    def _publish(self) -> None:
        for wire in self._outbox:
            self.topics[wire.topic].append(wire)
        self._outbox.clear()


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    return Nation.made_in(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(nation: Nation) -> TwinWorld:
    return TwinWorld(nation)


class TestInMemory(RecognitionJourneys, AskJourneys, ContestJourneys, SharingJourneys, SharingRules):
    pass
