"""The nation's trust list, as a verifier reads it: from the keys that a region is given, by way of the catalogue."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from fastapi import FastAPI

from deploy.keys import make_keys
from healthcode.credential import Es256Key, Usage, anchored, read_trust, sign_trust
from services.recognition.api import trust_router
from services.recognition.domain.catalogue import CatalogueError
from services.recognition.domain.trust import trust_of

NOW = datetime(2020, 2, 11, tzinfo=UTC)


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    return make_keys(tmp_path, Path("regions"), ["330000", "100000"], valid_from=NOW)


@pytest.fixture
def document(catalogue: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(catalogue.read_bytes())
    return found


async def test_a_verifier_that_has_the_anchor_reads_every_regions_keys(
    catalogue: Path, document: dict[str, Any]
) -> None:
    nation = Es256Key.from_pem((catalogue.parent / "100000" / "trust.pem").read_bytes())
    app = FastAPI()
    app.include_router(trust_router(lambda: sign_trust(trust_of(document, NOW), NOW, nation)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://nation") as client:
        answer = await client.get("/v1/trust-list")
    anchor = load_pem_public_key(catalogue.with_name("trust-anchor.pem").read_bytes())
    assert isinstance(anchor, ec.EllipticCurvePublicKey)
    trust = read_trust(answer.content, anchored(anchor))
    region = catalogue.parent / "330000"
    for name, usage in (("credential.pem", Usage.CREDENTIAL), ("lists.pem", Usage.STATUS_LIST)):
        kid = Es256Key.from_pem((region / name).read_bytes()).kid
        assert [entry.region for entry in trust.candidates(kid, usage)] == ["330000"]
    assert (sorted(trust.regions), trust.as_of) == (["100000", "330000"], NOW)


def test_a_key_that_is_none_is_refused_by_name(document: dict[str, Any]) -> None:
    document["regions"][0]["lists"] = [{"kty": "EC"}]
    with pytest.raises(CatalogueError, match="330000: lists is no list of public keys"):
        trust_of(document, NOW)
