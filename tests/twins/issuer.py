"""The issuer's store in memory, for tests of its handlers and routes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from healthcode.events import CodeChanged, CodeConfirmed, HolderFound
from services.issuer.domain import Code, Guardianship
from services.issuer.ports import Issued, Locked, Lookup, Seen, Standing
from tests.twins.issuer_keys import KeyChangesTwin, ReissuesTwin


@dataclass
class IssuerTwin:
    """Implements Ledger, Ledgers, Views, History and LookupLog; a failure undoes nothing."""

    incarnation: int = 1
    codes: dict[str, Code] = field(default_factory=dict)
    published: list[CodeChanged | CodeConfirmed] = field(default_factory=list)
    lookups: list[Lookup] = field(default_factory=list)
    key_changes: KeyChangesTwin = field(default_factory=KeyChangesTwin)
    reissues: ReissuesTwin = field(default_factory=ReissuesTwin)
    credentials: "CredentialsTwin" = field(init=False)
    family: "FamilyTwin" = field(init=False)

    def __post_init__(self) -> None:
        self.credentials = CredentialsTwin(self.codes)
        self.family = FamilyTwin(self.credentials)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["IssuerTwin"]:
        yield self

    async def lock(self, subjects: Sequence[str]) -> Locked:
        return Locked(self.incarnation, {s: self.codes[s] for s in sorted(set(subjects)) if s in self.codes})

    async def lock_due(self, now: datetime, limit: int) -> Locked:
        due = [code for code in self.codes.values() if code.expires_at is not None and code.expires_at <= now]
        return Locked(self.incarnation, {code.subject: code for code in due[:limit]})

    async def save(self, codes: Sequence[Code], events: Sequence[CodeChanged | CodeConfirmed]) -> None:
        self.codes.update({code.subject: code for code in codes})
        self.published.extend(events)

    async def revoke(self, subjects: Sequence[str], now: datetime) -> None:
        self.credentials.revoke(subjects, now)

    def committed(self) -> None:
        """Nothing is counted here."""

    async def code(self, subject: str) -> CodeChanged | None:
        return self.codes[subject].state if subject in self.codes else None

    async def page(self, subject: str, before: tuple[int, int] | None, limit: int) -> list[CodeChanged]:
        changes = [e for e in self.published if isinstance(e, CodeChanged) and e.subject == subject]
        changes.sort(key=lambda e: (e.incarnation, e.version), reverse=True)
        return [e for e in changes if before is None or (e.incarnation, e.version) < before][:limit]

    async def record(self, lookup: Lookup) -> None:
        self.lookups.append(lookup)

    async def seen(self, subject: str, before: int | None, limit: int) -> list[Seen]:
        mine = [Seen(number, each) for number, each in enumerate(self.lookups, 1) if each.subject == subject]
        return [each for each in reversed(mine) if before is None or each.number < before][:limit]

    async def forget(self, before: datetime, limit: int) -> int:
        old = [each for each in self.lookups if each.at < before][:limit]
        self.lookups = [each for each in self.lookups if each not in old]
        return len(old)


@dataclass
class CredentialsTwin:
    """Implements Credentials and CredentialBook."""

    codes: dict[str, Code]
    issued: dict[bytes, Issued] = field(default_factory=dict)
    gone: dict[bytes, datetime] = field(default_factory=dict)
    guardianships: dict[str, Guardianship] = field(default_factory=dict)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["CredentialsTwin"]:
        yield self

    async def code(self, subject: str) -> Code | None:
        return self.codes.get(subject)

    async def shown_until(self, guardianship: str) -> datetime | None:
        known = self.guardianships.get(guardianship)
        return None if known is None else known.until

    async def claim(self, issued: Issued) -> bool:
        if any(issued.place == other.place for other in self.issued.values()):
            return False
        self.issued[issued.cti] = issued
        return True

    async def revoke_paper(self, subject: str, now: datetime) -> int:
        mine = [i for i in self.issued.values() if i.subject == subject and i.paper and i.expires_at > now]
        fresh = [i.cti for i in mine if i.cti not in self.gone]
        self.gone |= dict.fromkeys(fresh, now)
        return len(fresh)

    def revoke(self, subjects: Sequence[str], now: datetime) -> None:
        mine = [i.cti for i in self.issued.values() if i.subject in subjects and i.expires_at > now]
        self.gone = dict.fromkeys(mine, now) | self.gone

    async def standing(self, cti: bytes) -> Standing | None:
        issued = self.issued.get(cti)
        return None if issued is None else Standing(cti in self.gone, self.codes[issued.subject].state)

    async def revoked(self, list_id: str, since: datetime | None = None) -> list[int]:
        gone = [cti for cti, at in self.gone.items() if since is None or at >= since]
        places = [self.issued[cti].place for cti in gone if cti in self.issued]
        return sorted(place.index for place in places if place.list_id == list_id)

    async def purge(self, before: datetime, limit: int) -> int:
        old = [cti for cti, issued in self.issued.items() if issued.expires_at <= before][:limit]
        for cti in old:
            del self.issued[cti]
        return len(old)


@dataclass
class HoldersTwin:
    """Implements Holders."""

    credentials: CredentialsTwin
    published: list[HolderFound] = field(default_factory=list)

    async def of(self, credentials: Sequence[bytes]) -> dict[bytes, str]:
        known = self.credentials.issued
        return {each: known[each].subject for each in credentials if each in known}

    async def publish(self, events: Sequence[HolderFound]) -> None:
        self.published += events


@dataclass
class FamilyTwin:
    """Implements Family."""

    credentials: CredentialsTwin

    @property
    def known(self) -> dict[str, Guardianship]:
        return self.credentials.guardianships

    async def take(self, guardianships: Sequence[Guardianship], now: datetime) -> None:
        for each in guardianships:
            known = self.known.get(each.id)
            if known is None or known.version < each.version:
                self.known[each.id] = each
        for ident in [each.id for each in guardianships]:
            held = self.known[ident]
            for issued in self.credentials.issued.values():
                theirs = (issued.guardian, issued.subject) == (held.guardian, held.subject)
                if theirs and issued.expires_at > max(held.until or now, now):
                    self.credentials.gone.setdefault(issued.cti, now)

    async def of(self, guardian: str) -> list[Guardianship]:
        return [each for _, each in sorted(self.known.items()) if each.guardian == guardian]
