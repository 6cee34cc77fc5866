from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from healthcode.credential import Claims, Es256Key, StatusReference, TrustEntry, TrustList
from healthcode.values import Status

NOW = datetime(2020, 2, 11, 8, 0, tzinfo=UTC)

MakeClaims = Callable[..., Claims]


@pytest.fixture(scope="session")
def key() -> Es256Key:
    return Es256Key.generate()


@pytest.fixture(scope="session")
def holder_key() -> bytes:
    return Es256Key.generate().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@pytest.fixture(scope="session")
def make_claims(holder_key: bytes) -> MakeClaims:
    typical = Claims(
        issuer="330000",
        issued_at=NOW,
        expires_at=NOW + timedelta(days=1),
        credential_id=bytes.fromhex("00112233445566778899aabbccddeeff"),
        status=Status.HIGH,
        since=NOW - timedelta(days=3),
        until=NOW + timedelta(days=11),
        region="330000",
        status_list=StatusReference(index=812_345, list_id="a7"),
        holder_key=holder_key,
    )

    def make(**changes: Any) -> Claims:
        return replace(typical, **changes)

    return make


@pytest.fixture(scope="session")
def entry(key: Es256Key) -> TrustEntry:
    return TrustEntry(
        kid=key.kid,
        public_key=key.public_key,
        region="330000",
        not_before=NOW - timedelta(days=30),
        not_after=NOW + timedelta(days=30),
    )


@pytest.fixture(scope="session")
def trust(entry: TrustEntry) -> TrustList:
    return TrustList([entry])
