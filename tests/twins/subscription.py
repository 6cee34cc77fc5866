"""The books of subscription in memory."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from healthcode.events import CodeShared, ConsentChanged
from healthcode.values import ClientState, Scope
from services.subscription.domain import GRANTED, Client, Consent, Known, Proposal
from services.subscription.ports import Act
from services.subscription.ports.feed import Locked


@dataclass
class RegistryTwin:
    """Implements Registry and Registries; a failure undoes nothing."""

    known: dict[str, Client] = field(default_factory=dict)
    proposed: dict[str, Proposal] = field(default_factory=dict)
    record: list[Act] = field(default_factory=list)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["RegistryTwin"]:
        yield self

    async def add(self, client: Client, act: Act) -> bool:
        if await self.of_account(client.account) is not None:
            return False
        self.known[client.id] = client
        self.record.append(act)
        return True

    async def lock(self, client: str) -> Client | None:
        return self.known.get(client)

    async def lock_over(self, now: datetime, limit: int) -> list[Client]:
        granted = [c for c in self.known.values() if c.state in GRANTED and c.terms is not None]
        return [c for c in granted if c.terms is not None and c.terms.expires_at <= now][:limit]

    async def save(self, client: Client, act: Act) -> None:
        self.known[client.id] = client
        self.record.append(act)

    async def propose(self, proposal: Proposal) -> None:
        self.proposed[proposal.id] = proposal

    async def proposal(self, client: str, proposal: str) -> Proposal | None:
        found = self.proposed.get(proposal)
        return found if found is not None and found.client == client else None

    async def settle(self, proposal: Proposal) -> None:
        self.proposed[proposal.id] = proposal

    async def proposals(self, client: str, limit: int) -> list[Proposal]:
        return [p for p in self.proposed.values() if p.client == client][::-1][:limit]

    async def acts(self, client: str, limit: int) -> list[Act]:
        return [act for act in self.record if act.client == client][::-1][:limit]

    async def page(self, after: str, limit: int) -> list[Client]:
        return [self.known[one] for one in sorted(self.known) if one > after][:limit]

    async def of_account(self, account: str) -> Client | None:
        mine = [c for c in self.known.values() if c.account == account and c.state is not ClientState.REVOKED]
        return mine[0] if mine else None

    async def unopened(self, limit: int) -> list[str]:
        return [c.id for c in self.known.values() if c.state is ClientState.OPENING and not c.is_open][:limit]


@dataclass
class FeedTwin:
    """Implements Feed over the clients of a RegistryTwin."""

    registry: RegistryTwin
    codes: dict[str, Known] = field(default_factory=dict)
    agreed: dict[str, Consent] = field(default_factory=dict)
    events: list[ConsentChanged | CodeShared] = field(default_factory=list)

    async def lock(self, subjects: Sequence[str]) -> Locked:
        return Locked(1, {s: self.codes.get(s) or Known(subject=s) for s in sorted(set(subjects))})

    async def consents(self, subjects: Sequence[str]) -> list[Consent]:
        return [consent for consent in self.agreed.values() if consent.subject in subjects]

    async def clients(self, ids: Sequence[str]) -> dict[str, Client]:
        return {one: self.registry.known[one] for one in ids if one in self.registry.known}

    async def save(
        self,
        known: Sequence[Known],
        consents: Sequence[Consent],
        events: Sequence[ConsentChanged | CodeShared],
        _now: datetime,
    ) -> None:
        self.codes |= {each.subject: each for each in known}
        self.agreed |= {each.id: each for each in consents}
        self.events += events

    async def over(self, now: datetime, limit: int) -> list[str]:
        gone = {c.id for c in self.registry.known.values() if c.state is ClientState.REVOKED}
        standing = [c for c in self.agreed.values() if c.until is not None]
        return sorted({c.subject for c in standing if not c.stands(now) or c.client in gone})[:limit]

    async def behind(self, now: datetime, limit: int) -> tuple[str | None, list[str]]:
        for client in self.registry.known.values():
            if client.behind and client.state is ClientState.ACTIVE:
                mine = [c for c in self.agreed.values() if c.client == client.id and client.may(Scope.FOLLOW)]
                news = [c for c in mine if c.is_owed_an_end or (c.stands(now) and self._place(c.subject) > c.sent)]
                return client.id, sorted(c.subject for c in news)[:limit]
        return None, []

    async def caught_up(self, client: str) -> None:
        self.registry.known[client] = msgspec.structs.replace(self.registry.known[client], behind=False)

    async def page(self, subject: str) -> list[tuple[Consent, Client]]:
        mine = [c for c in self.agreed.values() if c.subject == subject and c.until is not None]
        return [(consent, self.registry.known[consent.client]) for consent in mine]

    def _place(self, subject: str) -> tuple[int, int]:
        return self.codes[subject].place if subject in self.codes else (0, 0)
