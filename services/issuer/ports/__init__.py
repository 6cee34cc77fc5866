"""What the handlers need of the outside."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

import msgspec

from healthcode.credential import SigningKey
from healthcode.events import CodeChanged, CodeConfirmed
from healthcode.values import IdType
from services.issuer.domain import Code, Guardianship, StatusPlace


class Locked(NamedTuple):
    """Codes under their locks, and the incarnation that new versions get. A person without a code is absent."""

    incarnation: int
    codes: dict[str, Code]


class Ledger(Protocol):
    """The codes within one transaction."""

    async def lock(self, subjects: Sequence[str]) -> Locked:
        """Lock these people's codes, each in the same order everywhere."""
        ...

    async def lock_due(self, now: datetime, limit: int) -> Locked:
        """Lock up to `limit` codes that have expired by now and that nobody else holds."""
        ...

    async def save(self, codes: Sequence[Code], events: Sequence[CodeChanged | CodeConfirmed]) -> None:
        """Keep the codes (locked before, or new) and publish what happened to them, in this order.

        Raises what is tried again when somebody else has made one of the new codes since.
        """
        ...

    async def revoke(self, subjects: Sequence[str], now: datetime) -> None:
        """Revoke what unexpired credentials these people have."""
        ...

    def committed(self) -> None:
        """Called when the transaction has been committed: what was saved may be counted now."""
        ...


class Ledgers(Protocol):
    """Opens transactions for those who come without one."""

    def begin(self) -> AbstractAsyncContextManager[Ledger]:
        """A transaction that commits when left without an error."""
        ...


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a credential."""

    cti: bytes
    subject: str
    place: StatusPlace
    issued_at: datetime
    expires_at: datetime
    guardian: str | None = None
    """Who shows it, where that is not the person."""
    paper: bool = False
    kid: bytes | None = None
    """By which key of the region it is signed."""
    holder_key: bytes | None = None


class Standing(NamedTuple):
    """How a credential stands: whether it was revoked, and the code that its holder has now."""

    revoked: bool
    code: CodeChanged


class CredentialBook(Protocol):
    """Credentials within one transaction."""

    async def code(self, subject: str) -> Code | None:
        """A person's code, kept from changing until the transaction ends."""
        ...

    async def shown_until(self, guardianship: str) -> datetime | None:
        """Until when a guardian may show a code, kept from changing until the transaction ends; None: no more."""
        ...

    async def claim(self, issued: Issued) -> bool:
        """Write down a credential; False when its place in the status list is taken."""
        ...

    async def revoke_paper(self, subject: str, now: datetime) -> int:
        """Revoke what unexpired paper a person has; gives how many."""
        ...


class Credentials(Protocol):
    """What was issued."""

    def begin(self) -> AbstractAsyncContextManager[CredentialBook]:
        """A transaction that commits when left without an error."""
        ...

    async def standing(self, cti: bytes) -> Standing | None:
        """How a credential stands; None for one that is not, or no longer, known."""
        ...

    async def revoked(self, list_id: str, since: datetime | None = None) -> list[int]:
        """The places of a status list whose credentials are revoked, ascending; `since`: only those from then on."""
        ...

    async def purge(self, before: datetime, limit: int) -> int:
        """Forget up to `limit` credentials that had expired by then; gives how many."""
        ...


class Views(Protocol):
    """Looking at codes, without locks."""

    async def code(self, subject: str) -> CodeChanged | None:
        """A person's code as last published."""
        ...


class History(Protocol):
    """What was published of a person."""

    async def page(self, subject: str, before: tuple[int, int] | None, limit: int) -> list[CodeChanged]:
        """Changes, latest first, from below the version (incarnation, counter) `before` on."""
        ...


class Lookup(msgspec.Struct, frozen=True, kw_only=True):
    """Who looked whom up: a checkpoint or a counter by a document, or a guardian."""

    at: datetime
    caller: str
    client: str | None
    authority: str | None
    subject: str
    found: bool
    role: Literal["checkpoint", "counter", "guardian"] = "checkpoint"


class Seen(NamedTuple):
    """A look-up and its number, by which pages go."""

    number: int
    lookup: Lookup


class LookupLog(Protocol):
    """Remembers who looked whom up."""

    async def record(self, lookup: Lookup) -> None:
        """Write a look-up down, before it is answered."""
        ...

    async def seen(self, subject: str, before: int | None, limit: int) -> list[Seen]:
        """Who looked a person up, latest first, from below the number `before` on."""
        ...

    async def forget(self, before: datetime, limit: int) -> int:
        """Forget up to `limit` look-ups from before that time; gives how many."""
        ...


class Family(Protocol):
    """Guardianships, as the declaration service tells them."""

    async def take(self, guardianships: Sequence[Guardianship], now: datetime) -> None:
        """Keep what is newer than what is known; revoke what a guardian has of a person for longer than they may."""
        ...

    async def of(self, guardian: str) -> list[Guardianship]:
        """All of a guardian, ended ones too."""
        ...


class Pseudonymiser(Protocol):
    """Turns a document into a subject. Nothing that it is given is kept."""

    def __call__(self, id_type: IdType, number: str) -> str:
        """The subject. Raises InvalidIdNumber, which says what is wrong with the number."""
        ...


class Places(Protocol):
    """Chooses places in status lists."""

    def __call__(self, now: datetime) -> StatusPlace:
        """A place at random in a list of the present day."""
        ...


class PrivateKeys(Protocol):
    """Where the private halves are: files, or a module that signs by itself. Never the database."""

    def find(self, kid: bytes) -> SigningKey | None:
        """The key of that id, or None where it is not at hand."""
        ...
