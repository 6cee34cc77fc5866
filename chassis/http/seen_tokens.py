"""Tokens whose signatures were checked lately: callers send the same one with each request."""

import hashlib
from collections import OrderedDict
from typing import Final, Generic, NamedTuple, TypeVar

from joserfc.jwk import Key

MOST: Final = 10_000
"""Some megabytes; who was not seen for longest goes first, and is checked anew."""
T = TypeVar("T")


class Seen(NamedTuple, Generic[T]):
    """What a token says, which key signed it (under which id), and when it ends (Unix seconds, leeway in it)."""

    caller: T
    kid: str | None
    key: Key
    ends: int


class SeenTokens(Generic[T]):
    """By their digests: the tokens themselves are kept nowhere."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._seen: OrderedDict[bytes, Seen[T]] = OrderedDict()

    def find(self, token: str) -> Seen[T] | None:
        """What was noted. It counts only while the provider has that very key, and until the token's end."""
        digest = _digest(token)
        found = self._seen.get(digest)
        if found is not None:
            self._seen.move_to_end(digest)
        return found

    def note(self, token: str, seen: Seen[T]) -> None:
        """Keep a token that was checked."""
        self._seen[_digest(token)] = seen
        while len(self._seen) > self._most:
            self._seen.popitem(last=False)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
