"""Wires the portal."""

import base64
from functools import partial
from pathlib import Path
from typing import Final

import httpx
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from chassis.documents import read_yaml
from chassis.keys import read_hex_key
from chassis.run import Blueprint, Runtime, Service
from chassis.settings import SettingsError
from healthcode.pseudonym import subject_of
from healthcode.region import region_from
from services.portal.api import Deps, OpeningDesk, file_router, opening_router, own_router
from services.portal.config import Settings
from services.portal.domain import SignIn
from services.portal.handlers import TrustDesk
from services.portal.store.openings import PostgresOpenings
from services.portal.store.outside import SECONDS, HttpNation, HttpProvider, read_pages

ANCHOR: Final = "trust-anchor.pem"


async def build(runtime: Runtime) -> Service:
    """The pages of a region. Raises DocumentError or SettingsError: what it cannot run on."""
    settings = runtime.settings
    if not isinstance(settings, Settings):
        raise SettingsError("the portal is built with its own settings")
    if (settings.portal_authorize_url is None) != (settings.portal_exchange_url is None):
        raise SettingsError("HC_PORTAL_AUTHORIZE_URL and HC_PORTAL_EXCHANGE_URL: set both, or neither")
    region = region_from(read_yaml(settings.regions / settings.region / "region.yaml"))
    client = httpx.AsyncClient(timeout=SECONDS)
    name = settings.portal_client_id or f"portal-{region.code}"
    authorize, token = settings.portal_authorize_url, settings.portal_exchange_url
    nation = settings.portal_nation
    deps = Deps(
        region=region,
        clock=runtime.clock,
        demo=settings.mode == "demo",
        sign_in=None if authorize is None else SignIn(authorize, name),
        provider=None if token is None else HttpProvider(client, token, name),
        trust=None if nation is None else TrustDesk(HttpNation(client, nation), runtime.clock.now),
        anchor=None if settings.catalogue is None else _anchor(settings.catalogue.with_name(ANCHOR)),
    )
    pseudonymise = partial(subject_of, read_hex_key(settings.secrets, "pseudonym.key"))
    desk = OpeningDesk(region.code, runtime.clock, PostgresOpenings(runtime.pool), pseudonymise)
    routers = [own_router(deps), opening_router(desk), file_router(read_pages(settings.portal_pages))]
    return Service("portal", {}, routers, closing=[client.aclose])


def _anchor(file: Path) -> str | None:
    """The nation's key as browsers import it; it lies beside the catalogue, and comes with the page's own files."""
    if not file.exists():
        return None
    key = load_pem_public_key(file.read_bytes())
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


BLUEPRINT: Final = Blueprint("portal", Path(__file__).parent / "migrations", build, Settings)
