"""The trust list that verifiers are given: signed anew each minute, and at once when the catalogue has changed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from healthcode.credential import SigningKey, sign_trust
from services.recognition.domain.trust import trust_of


class TrustLists:
    """The signed list as of now. Within a minute it is the same for whoever asks, so asking costs no signature."""

    def __init__(self, document: Callable[[], Mapping[str, Any]], key: SigningKey, now: Callable[[], datetime]) -> None:
        """`document`: the catalogue as it stands; `key`: the nation's. Raises CatalogueError for a key of no use."""
        self._document = document
        self._key = key
        self._now = now
        self._of: tuple[datetime, Mapping[str, Any]] | None = None
        self._signed = b""
        self()

    def __call__(self) -> bytes:
        """As of the present minute, so that all processes of the nation sign the same."""
        minute, document = self._now().replace(second=0, microsecond=0), self._document()
        if self._of is None or self._of[0] != minute or self._of[1] is not document:
            self._signed = sign_trust(trust_of(document, minute), minute, self._key)
            self._of = minute, document
        return self._signed
