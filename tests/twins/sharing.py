"""Way 1's stores in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from healthcode.envelope import Encoded, encode
from healthcode.events import FactReceipt
from services.recognition.domain.message import Message, Signer
from services.recognition.domain.received import Received, Recorded
from services.recognition.domain.shareable import Fact
from services.recognition.domain.sharing import Share
from tests.support.recognition import inbox


class ShareTwin:
    """Implements ShareBook, and SharedViews."""

    def __init__(self) -> None:
        self.own: dict[tuple[str, str], Fact] = {}
        self.told: dict[tuple[str, str, str], Share] = {}

    async def keep(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            known = self.own.get((fact.kind, fact.entry))
            if known is None or known.revision < fact.revision:
                self.own[fact.kind, fact.entry] = fact

    async def facts(self, subjects: Sequence[str]) -> dict[str, list[Fact]]:
        found: dict[str, list[Fact]] = {}
        for fact in self.own.values():
            if fact.subject in subjects:
                found.setdefault(fact.subject, []).append(fact)
        return found

    async def shared(self, handles: Sequence[str]) -> dict[tuple[str, str, str], Share]:
        return {key: share for key, share in self.told.items() if share.handle in handles}

    async def answered(self, numbers: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Share]:
        found = {(share.handle, share.sequence): share for share in self.told.values()}
        return {number: found[number] for number in numbers if number in found}

    async def write(self, shares: Sequence[Share]) -> None:
        self.told.update({share.key: share for share in shares})

    async def note(self, shares: Sequence[Share]) -> None:
        for share in shares:
            known = self.told.get(share.key)
            if known is not None and known.sequence == share.sequence:
                received_at = known.received_at or share.received_at
                self.told[share.key] = replace(share, received_at=received_at)

    async def overdue(self, now: datetime, limit: int) -> list[Share]:
        late = [share for share in self.told.values() if share.next_at is not None and share.next_at <= now]
        return sorted(late, key=lambda share: share.next_at or now)[:limit]

    async def purge(self, kinds: Mapping[str, datetime], shown: datetime, limit: int) -> int:
        old = [key for key, fact in self.own.items() if fact.kind in kinds and fact.at < kinds[fact.kind]][:limit]
        past = [key for key, each in self.told.items() if each.shared_at < shown and each.next_at is None][:limit]
        for key in old:
            del self.own[key]
        for share in past:
            del self.told[share]
        return max(len(old), len(past))

    async def mine(self, subject: str, after: datetime, limit: int) -> list[Share]:
        mine = [share for share in self.told.values() if share.subject == subject and share.shared_at > after]
        return sorted(mine, key=lambda share: share.shared_at, reverse=True)[:limit]

    async def missing(self, before: datetime) -> int:
        return sum(share.received_at is None and share.sent_at < before for share in self.told.values())


class ReceivedTwin:
    """Implements ReceivedBook; what it sends is in `outbox`."""

    def __init__(self, region: str, signer: Signer, outbox: list[Encoded]) -> None:
        self.known: dict[tuple[str, str], Received] = {}
        self._region = region
        self._signer = signer
        self._outbox = outbox

    async def received(self, handles: Sequence[str]) -> dict[tuple[str, str], Received]:
        return {key: each for key, each in self.known.items() if each.handle in handles}

    async def write(
        self, received: Sequence[Received], events: Sequence[Recorded], receipts: Sequence[FactReceipt]
    ) -> None:
        self.known.update({each.key: each for each in received})
        self._record(events)
        for receipt in receipts:
            wire = encode(
                receipt, owner=self._region, service="recognition", time=receipt.at, topic=inbox(self._region)
            )
            self._outbox.append(self._signer.sign(Message(receipt, wire)))

    async def set_aside(self, letters: Sequence[Encoded]) -> None:
        self._outbox.extend(letters)

    async def forget(self, handles: Sequence[str], events: Sequence[Recorded]) -> None:
        for key in [key for key in self.known if key[0] in handles]:
            del self.known[key]
        self._record(events)

    def _record(self, events: Sequence[Recorded]) -> None:
        for event in events:
            self._outbox.append(encode(event, owner=self._region, service="recognition", time=event.recorded_at))
