"""What the routes are built from."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from chassis.clock import Clock
from chassis.http.auth import Principal
from chassis.http.problems import Problem
from healthcode.identity import InvalidIdNumber
from healthcode.values import IdType
from services.issuer.api.clients import ClientDoor
from services.issuer.api.entries import Entries
from services.issuer.api.problems import IDENTITY_UNVERIFIED, TOO_MANY_AT_ONCE
from services.issuer.api.texts import Texts
from services.issuer.domain import Turns
from services.issuer.handlers.code import Ids
from services.issuer.handlers.credential import OWN, Credential, Signer, Wanted, issue
from services.issuer.handlers.keys import KeyRing
from services.issuer.ports import Credentials, Family, History, Ledgers, LookupLog, Places, Pseudonymiser, Views
from services.issuer.ports.key_change import KeyChanges
from services.issuer.ports.reissue import Reissues


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Ports, keys and texts; made by bootstrap."""

    clock: Clock
    ids: Ids
    new_cti: Callable[[], bytes]
    views: Views
    history: History
    ledgers: Ledgers
    clients: ClientDoor
    credentials: Credentials
    entries: Entries
    lookups: LookupLog
    family: Family
    pseudonymise: Pseudonymiser
    places: Places
    lists: int
    signer: Signer
    keys: KeyRing
    turns: Turns
    key_changes: KeyChanges
    reissues: Reissues
    texts: Texts
    zone: tzinfo

    def subject_of(self, caller: Principal) -> str:
        """The caller's own pseudonym, by the document that the identity provider has checked.

        Answers 403 when it vouches for none.
        """
        try:
            return self.pseudonymise(IdType(caller.id_type or ""), caller.id_number or "")
        except (InvalidIdNumber, ValueError):
            raise Problem(IDENTITY_UNVERIFIED) from None

    async def issue(self, subject: str, wanted: Wanted = OWN) -> Credential:
        """A fresh credential; of one person only so many a minute, whoever asks, and of all only so many a second."""
        self.clients.ask_of(subject)
        turn = self.turns.take()
        if turn.come_back:
            raise Problem(TOO_MANY_AT_ONCE, headers={"Retry-After": str(turn.come_back)})
        if turn.hold:
            await asyncio.sleep(turn.hold)
        now = self.clock.now()
        return await issue(self.credentials, self.signer, self.places, self.new_cti, subject, now, wanted)
