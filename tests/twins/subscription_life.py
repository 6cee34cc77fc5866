"""A life of clients, people and codes, whatever store is under it; and what has to be true of it at every moment."""

import itertools
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import strategies as st

from healthcode.events import CodeChanged, CodeShared
from healthcode.pseudonym import clients_name, subject_of
from healthcode.two_officers import Officer
from healthcode.values import ClientState, Color, IdType, Scope, Shared
from services.subscription.domain import Application, NotNow, Terms
from services.subscription.handlers.client import (
    UnknownClient,
    apply,
    approve,
    expire_due,
    open_granted,
    propose,
    revoke,
    suspend,
)
from services.subscription.handlers.code import catch_up, take_codes
from services.subscription.handlers.consent import Agreed, NoSuchConsent, end_over, give, withdraw
from services.subscription.ports import Feed, Registries
from tests.support.clients import WHY, changed_code

KEY: Final = bytes(32)
START: Final = datetime(2020, 2, 11, 4, tzinfo=UTC)
PEOPLE: Final = tuple(subject_of(KEY, IdType.PASSPORT, f"E{n:08d}") for n in range(2))
CLIENTS: Final = ("aaaaaaaaaaaaa", "bbbbbbbbbbbbb")
APPLICATION: Final = Application(name="门禁", contact="gate@example.com", purpose="核验", wanted=(Scope.FOLLOW,))
ONE, OTHER = Officer("o1", "p1", "cdc"), Officer("o2", "p2", "cdc")

person, client = st.sampled_from(PEOPLE), st.sampled_from(CLIENTS)
_KINDS: Final = {
    "codes": st.tuples(st.just("codes"), st.lists(person, min_size=1, max_size=4)),
    "agree": st.tuples(st.just("agree"), person, client, st.integers(1, 40)),
    "withdraw": st.tuples(st.just("withdraw"), person, client),
    "grant": st.tuples(st.just("grant"), client, st.integers(1, 60)),
    "suspend": st.tuples(st.just("suspend"), client),
    "revoke": st.tuples(st.just("revoke"), client),
    "later": st.tuples(st.just("later"), st.integers(0, 20)),
    "timer": st.just(("timer",)),
}
# What ends a client for good is rare, or most of a life would be over.
OFTEN: Final = ["codes"] * 4 + ["agree"] * 5 + ["withdraw"] * 3 + ["grant"] * 4 + ["suspend"] * 2 + ["timer"] * 2
steps: Final = st.sampled_from([*OFTEN, "later", "revoke"]).flatmap(lambda kind: _KINDS[kind])
lives: Final = st.lists(steps, min_size=10, max_size=60)


def name(client: str, subject: str) -> str:
    """The client's own name."""
    return clients_name(KEY, client, subject)


@dataclass
class Life:
    """Plays steps; `registries` and `feeds` open the store."""

    registries: Registries
    feeds: Callable[[], AbstractAsyncContextManager[Feed]]
    now: datetime = START
    versions: dict[str, int] = field(default_factory=dict)
    colors: dict[str, Color] = field(default_factory=dict)
    _ids: "itertools.count[int]" = field(default_factory=itertools.count)

    def new_id(self) -> str:
        """The next id."""
        return f"{next(self._ids):032x}"

    async def begin(self) -> None:
        """Two clients apply and are let in for a month."""
        for one in CLIENTS:
            async with self.registries.begin() as registry:
                await apply(registry, APPLICATION, f"account-{one}", "i1", self.now, one)
            await self._grant(one, 30)
        await self._timer()

    async def play(self, step: tuple[object, ...]) -> None:
        """One step; what is not possible now changes nothing."""
        what, *more = step
        try:
            await getattr(self, f"_{what}")(*more)
        except (NotNow, UnknownClient, NoSuchConsent):
            return

    async def _codes(self, people: list[str]) -> None:
        codes = [self._next_code(subject) for subject in people]
        async with self.feeds() as feed:
            # what was read before is read once more, as after a broker's hiccup
            await take_codes(feed, name, [*codes, codes[0]], self.now, self.new_id)

    def _next_code(self, subject: str) -> CodeChanged:
        version = self.versions[subject] = self.versions.get(subject, 0) + 1
        self.colors[subject] = (Color.GREEN, Color.YELLOW, Color.RED)[version % 3]
        return changed_code(subject, version, self.colors[subject], since=self.now, changed_at=self.now)

    async def _agree(self, subject: str, client: str, days: int) -> None:
        async with self.feeds() as feed:
            agreed = Agreed(subject, client, self.now + timedelta(days=days))
            await give(feed, name, agreed, self.now, self.new_id)

    async def _withdraw(self, subject: str, client: str) -> None:
        async with self.feeds() as feed:
            await withdraw(feed, name, subject, client, self.now, self.new_id)

    async def _grant(self, client: str, days: int) -> None:
        terms = Terms(scopes=(Scope.FOLLOW,), per_day=10, per_second=1, expires_at=self.now + timedelta(days=days))
        async with self.registries.begin() as registry:
            proposal = await propose(registry, client, terms, WHY, ONE, self.now, self.new_id())
        async with self.registries.begin() as registry:
            await approve(registry, client, proposal.id, OTHER, None, self.now)

    async def _suspend(self, client: str) -> None:
        async with self.registries.begin() as registry:
            await suspend(registry, client, ONE, WHY, self.now)

    async def _revoke(self, client: str) -> None:
        async with self.registries.begin() as registry:
            await revoke(registry, client, ONE, WHY, self.now)

    async def _later(self, days: int) -> None:
        self.now += timedelta(days=days)

    async def _timer(self) -> None:
        async def topic(_client: str) -> None:
            """It is there."""

        await open_granted(self.registries, topic, self.now, 2)
        async with self.registries.begin() as registry:
            while await expire_due(registry, self.now, 2):
                pass
        more = True
        while more:
            async with self.feeds() as feed:
                more = await end_over(feed, name, self.now, self.new_id, 2)
        more = True
        while more:
            async with self.feeds() as feed:
                more = await catch_up(feed, name, self.now, self.new_id, 2)

    async def end(self) -> None:
        """What time has to do is done."""
        await self._timer()

    async def check(self, words: list[CodeShared]) -> None:
        """Who agreed is told of to the last change, nobody else at all, without a gap and nothing twice."""
        feeds: dict[tuple[str, str], list[CodeShared]] = defaultdict(list)
        for word in words:
            feeds[word.client, word.subject].append(word)
        for told in feeds.values():
            assert [word.version for word in told] == list(range(1, len(told) + 1))
            after_end = [(told[n - 1].shared if n else Shared.ENDED, word.shared) for n, word in enumerate(told)]
            for before, kind in after_end:
                assert (kind is Shared.SNAPSHOT) == (before is Shared.ENDED), after_end
        async with self.feeds() as feed:
            consents = await feed.consents(list(PEOPLE))
            clients = await feed.clients(list(CLIENTS))
        standing = {(c.client, c.subject): c for c in consents if c.stands(self.now)}
        for one in CLIENTS:
            for subject in PEOPLE:
                told = feeds.pop((one, name(one, subject)), [])
                if clients[one].state is not ClientState.ACTIVE or subject not in self.colors:
                    continue
                if (one, subject) in standing:
                    assert told[-1].color is self.colors[subject], told
                elif told:
                    assert told[-1].shared is Shared.ENDED or clients[one].state is not ClientState.ACTIVE, told
        assert not feeds, "somebody was told of nobody"
