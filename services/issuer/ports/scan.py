"""Guests who are scanned here, and own people whose credentials others have scanned."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from healthcode.events import CredentialScanned, HolderFound


class Scans(Protocol):
    """Tells recognition whom a checkpoint has seen."""

    async def tell(self, scans: Sequence[CredentialScanned]) -> None:
        """Publish them, for good when this returns."""
        ...


class Holders(Protocol):
    """Whose credentials these are, within one transaction."""

    async def of(self, credentials: Sequence[bytes]) -> Mapping[bytes, str]:
        """The holders of those that are known, revoked ones too: it is the person who is sought, not the credential."""
        ...

    async def publish(self, events: Sequence[HolderFound]) -> None:
        """Publish when the transaction commits."""
        ...
