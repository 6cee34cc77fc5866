"""Places and passes in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from healthcode.events import CredentialScanned
from services.issuer.domain.place import Kept, Pass, Place, Search


@dataclass
class ScansTwin:
    """Implements Scans."""

    told: list[CredentialScanned] = field(default_factory=list)

    async def tell(self, scans: Sequence[CredentialScanned]) -> None:
        self.told += scans


@dataclass
class PlacesTwin:
    """Implements PlaceBook and Passes."""

    places: dict[str, Place] = field(default_factory=dict)
    passes: list[Pass] = field(default_factory=list)
    searched: list[Search] = field(default_factory=list)
    proofs: dict[bytes, datetime] = field(default_factory=dict)

    async def add(self, place: Place) -> None:
        self.places[place.id] = place

    async def find(self, place: str) -> Place | None:
        return self.places.get(place)

    async def close(self, place: str, owner: str, now: datetime) -> Place | None:
        found = self.places.get(place)
        if found is None or found.owner != owner:
            return None
        self.places[place] = msgspec.structs.replace(found, closed_at=found.closed_at or now)
        return self.places[place]

    async def record(self, what: Pass) -> None:
        self.passes.append(what)

    async def of_person(self, subject: str, before: int | None, limit: int) -> list[Kept]:
        return [k for k in self._latest() if k.what.subject == subject and (before is None or k.id < before)][:limit]

    async def at_place(self, place: str, since: datetime, limit: int) -> list[Kept]:
        return [k for k in self._latest() if k.what.place == place and k.what.at >= since][:limit]

    async def search(self, search: Search, limit: int) -> list[Kept]:
        self.searched.append(search)
        inside = [k for k in self._latest() if search.since <= k.what.at < search.until]
        return [k for k in inside if search.subject == k.what.subject or search.place == k.what.place][:limit]

    async def searches(self, subject: str, limit: int) -> list[Search]:
        mine = [p for p in self.passes if p.subject == subject]
        found = [
            s
            for s in self.searched
            if s.subject == subject or any(p.place == s.place and s.since <= p.at < s.until for p in mine)
        ]
        return found[::-1][:limit]

    async def is_repeated(self, digest: bytes, now: datetime) -> bool:
        repeated = digest in self.proofs
        self.proofs.setdefault(digest, now)
        return repeated

    async def forget(self, passes: datetime, proofs: datetime, limit: int) -> int:
        old = [p for p in self.passes if p.at < passes][:limit]
        self.passes = [p for p in self.passes if p not in old]
        self.searched = [s for s in self.searched if s.at >= passes]
        self.proofs = {digest: at for digest, at in self.proofs.items() if at >= proofs}
        return len(old)

    def _latest(self) -> list[Kept]:
        kept = [
            Kept(id=n, what=p, name=self.places[p.place].name, area=self.places[p.place].area)
            for n, p in enumerate(self.passes, 1)
        ]
        return kept[::-1]
