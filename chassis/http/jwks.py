"""The public keys of an identity provider: fixed, or fetched and kept fresh."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

REFRESH_SECONDS = 300.0
"""After this long the keys are fetched again, so that a withdrawn key stops counting."""
UNKNOWN_KEY_SECONDS = 10.0
"""An unknown key id makes us fetch at most this often: anyone can make one up."""
AWAY_SECONDS = 1.0
"""While there is no key at all we ask again this often."""
STALE_SECONDS = 3600.0
"""When the provider is away its last keys count this long."""
TIMEOUT_SECONDS = 5.0
LARGEST_KEY_SET = 1 << 18

log = structlog.get_logger(__name__)


class KeysAwayError(Exception):
    """The identity provider's keys cannot be had, and the last ones are too old to trust."""


class StaticKeys:
    """Keys that never change."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    async def find(self, kid: str | None) -> Key | None:
        """The key of that id, or None; without an id the only key there is."""
        return pick(self._keys, kid)


class JwksKeys:
    """Keys fetched from a JWKS address: when first needed, when old, and when a token names an unknown one.

    Callers wait for the provider only when there is no key to judge by.
    """

    def __init__(
        self,
        url: str,
        *,
        fetch: Callable[[str], Awaitable[bytes]] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._fetch = fetch or fetch_document
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._background: asyncio.Task[None] | None = None
        self._keys: KeySet | None = None
        self._fetched = float("-inf")
        self._tried = float("-inf")

    async def find(self, kid: str | None) -> Key | None:
        """The key of that id, or None; raises `KeysAwayError`."""
        trusted = self._trusted()
        key = pick(trusted, kid) if trusted else None
        if key is None:
            await self._refresh()
            trusted = self._trusted()
            if trusted is None:
                raise KeysAwayError
            return pick(trusted, kid)
        if self._age() > REFRESH_SECONDS and (self._background is None or self._background.done()):
            self._background = asyncio.create_task(self._refresh())
        return key

    async def settled(self) -> None:
        """Wait until no fetch is under way in the background."""
        if self._background is not None:
            await self._background

    def _age(self) -> float:
        return self._monotonic() - self._fetched

    def _trusted(self) -> KeySet | None:
        return self._keys if self._age() <= STALE_SECONDS else None

    async def _refresh(self) -> None:
        async with self._lock:
            pause = UNKNOWN_KEY_SECONDS if self._trusted() else AWAY_SECONDS
            if self._monotonic() - self._tried < pause:
                return
            self._tried = self._monotonic()
            try:
                self._keys = public_keys(await self._fetch(self._url))
            except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
                log.warning("identity_keys_not_fetched", error=type(error).__name__)
            else:
                self._fetched = self._monotonic()


async def fetch_document(url: str) -> bytes:
    """The body behind an address; raises `httpx.HTTPError`, or ValueError when it is too large."""
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
        response = await client.get(url, headers={"Accept": "application/json"})
        response.raise_for_status()
        if len(response.content) > LARGEST_KEY_SET:
            raise ValueError("the key set is too large")
        return response.content


def public_keys(document: bytes) -> KeySet:
    """The asymmetric keys of a JWKS document; shared secrets in it never count.

    Raises JoseError, ValueError, KeyError or TypeError when it is no key set or holds no such key.
    """
    entries = [entry for entry in json.loads(document)["keys"] if entry["kty"] in ("EC", "OKP", "RSA")]
    return KeySet.import_key_set({"keys": entries})


def pick(keys: KeySet, kid: str | None) -> Key | None:
    """The key of that id, or None; without an id the only key there is."""
    if kid is None:
        return keys.keys[0] if len(keys.keys) == 1 else None
    return next((key for key in keys if key.kid == kid), None)
