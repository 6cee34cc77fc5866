"""What the portal needs of the world."""

from typing import Protocol

from services.portal.domain import Opening, Seen, Token


class ProviderAwayError(Exception):
    """The identity provider, or the nation, did not answer."""


class CodeRefusedError(Exception):
    """The identity provider gives no token for that code."""


class Provider(Protocol):
    """The identity provider."""

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> Token:
        """The token for a code (RFC 6749, 4.1.3, with RFC 7636). Raises ProviderAwayError, CodeRefusedError."""
        ...


class Nation(Protocol):
    """Where the nation answers."""

    async def trust_list(self) -> bytes:
        """Its signed trust list. Raises ProviderAwayError."""
        ...


class Openings(Protocol):
    """The record of whose page was opened by whom."""

    async def record(self, opening: Opening) -> None:
        """Write one down, before the page is opened."""
        ...

    async def seen(self, subject: str, before: int | None, limit: int) -> list[Seen]:
        """Those of a person, the latest first, with a smaller number than `before`."""
        ...
