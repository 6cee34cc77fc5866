"""What the issuer hears of clients, and keeps in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from healthcode.events import ClientChanged, ConsentChanged
from healthcode.values import ClientState, Scope
from services.issuer.domain.client import Grant
from tests.twins.issuer_findings import DAY, NOW

CLIENT, ACCOUNT = "k3v7q2m5x6aab", "west-lake-gate"


def client(version: int = 1, **changes: Any) -> ClientChanged:
    plain: dict[str, Any] = {
        "id": f"client-{version}",
        "client": CLIENT,
        "incarnation": 1,
        "version": version,
        "account": ACCOUNT,
        "name": "西湖写字楼门禁",
        "state": ClientState.ACTIVE,
        "scopes": (Scope.VERIFY, Scope.READ),
        "per_day": 50,
        "per_second": 1000,
        "expires_at": NOW + 30 * DAY,
        "changed_at": NOW,
    }
    return ClientChanged(**{**plain, **changes})


def consent(subject: str, version: int = 1, until: datetime | None = NOW + DAY, of: str = CLIENT) -> ConsentChanged:
    return ConsentChanged(
        id=f"consent-{version}",
        consent=f"{subject}-{of}",
        subject=subject,
        client=of,
        incarnation=1,
        version=version,
        until=until,
        changed_at=NOW,
    )


@dataclass
class GrantsTwin:
    """Implements ClientBook and Grants."""

    clients: dict[str, Grant] = field(default_factory=dict)
    consents: dict[tuple[str, str], ConsentChanged] = field(default_factory=dict)
    used: dict[tuple[str, date], int] = field(default_factory=dict)

    async def keep(self, clients: Sequence[ClientChanged], consents: Sequence[ConsentChanged]) -> None:
        for client in clients:
            known = self.clients.get(client.client)
            if known is None or (known.incarnation, known.version) < (client.incarnation, client.version):
                self.clients[client.client] = _grant(client)
        for consent in consents:
            pair = (consent.client, consent.subject)
            before = self.consents.get(pair)
            if before is None or (before.incarnation, before.version) < (consent.incarnation, consent.version):
                self.consents[pair] = consent

    async def of_account(self, account: str) -> Grant | None:
        mine = [grant for grant in self.clients.values() if grant.account == account]
        return max(mine, key=lambda g: (g.state is ClientState.ACTIVE, g.incarnation, g.version), default=None)

    async def consented(self, client: str, subject: str) -> datetime | None:
        consent = self.consents.get((client, subject))
        return None if consent is None else consent.until

    async def take(self, client: str, day: date, wanted: int, most: int) -> int:
        before = self.used.get((client, day), 0)
        taken = max(0, min(wanted, most - before))
        self.used[client, day] = before + taken
        return taken

    async def forget(self, before: date) -> int:
        old = [place for place in self.used if place[1] < before]
        for place in old:
            del self.used[place]
        return len(old)


def _grant(client: ClientChanged) -> Grant:
    return Grant(
        client=client.client,
        account=client.account,
        incarnation=client.incarnation,
        version=client.version,
        state=client.state,
        scopes=frozenset(client.scopes),
        per_day=client.per_day,
        per_second=client.per_second,
        expires_at=client.expires_at,
    )
