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
    """Keys fetched from a JWKS address: when first needed, when old, and when a token names an unknown one."""

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
        self._keys: KeySet | None = None
        self._fetched = float("-inf")
        self._tried = float("-inf")

    async def find(self, kid: str | None) -> Key | None:
        """The key of that id, or None; raises `KeysAwayError`."""
        await self._refresh_if(self._monotonic() - self._fetched > REFRESH_SECONDS)
        key = pick(self._trusted(), kid)
        if key is None:
            await self._refresh_if(wanted=True)
            key = pick(self._trusted(), kid)
        return key

    def _trusted(self) -> KeySet:
        if self._keys is None or self._monotonic() - self._fetched > STALE_SECONDS:
            raise KeysAwayError
        return self._keys

    async def _refresh_if(self, wanted: bool) -> None:  # noqa: FBT001 - the name says what is true
        if not wanted:
            return
        async with self._lock:
            if self._monotonic() - self._tried < UNKNOWN_KEY_SECONDS:
                return
            self._tried = self._monotonic()
            try:
                document = await self._fetch(self._url)
                self._keys = public_keys(document)
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
    entries = [entry for entry in json.loads(document)["keys"] if entry.get("kty") in ("EC", "OKP", "RSA")]
    return KeySet.import_key_set({"keys": entries})


def pick(keys: KeySet, kid: str | None) -> Key | None:
    """The key of that id, or None; without an id the only key there is."""
    if kid is None:
        return keys.keys[0] if len(keys.keys) == 1 else None
    return next((key for key in keys if key.kid == kid), None)
