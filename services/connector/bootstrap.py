"""Wires the connector."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from joserfc import jwe
from joserfc.jwk import ECKey

from chassis.documents import DocumentError, read_document, read_yaml
from chassis.keys import read_hex_key, read_key
from chassis.run import Blueprint, Component, Runtime, Service
from chassis.settings import SettingsError
from healthcode.region import region_from
from services.connector.api import router
from services.connector.config import Settings
from services.connector.domain import Definition, Draft
from services.connector.domain.definition import definition_from
from services.connector.handlers.page import Desk
from services.connector.handlers.status import Office
from services.connector.ports import Source
from services.connector.store.book import PostgresBook
from services.connector.store.postgres import PostgresSource
from services.connector.stream import Idle, Puller

SEALED: Final = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}

KINDS: Final[Mapping[str, Callable[[str, Definition], Source]]] = {"postgres": PostgresSource}
"""How each kind of source is opened, from its address and the definition: a further kind is a further line."""


class RegionHand:
    """Implements Hand with the region's keys."""

    def __init__(self, intake: ECKey, key: bytes) -> None:
        """`intake`: what persons are sealed to; `key`: the region's own, from which the digests' key is drawn."""
        self._intake = intake
        self._key = hmac.digest(key, b"connector digests", "sha256")

    def seal(self, draft: Draft) -> str:
        """See Hand."""
        plain = msgspec.json.encode({"id_type": draft.id_type, "id_number": draft.number})
        return jwe.encrypt_compact(SEALED, plain, self._intake)

    def digests(self, draft: Draft) -> tuple[bytes, bytes]:
        """See Hand."""
        person = self._digest([draft.id_type, draft.number])
        return person, self._digest(draft)

    def _digest(self, value: object) -> bytes:
        return hashlib.blake2b(msgspec.msgpack.encode(value), digest_size=16, key=self._key).digest()


async def build(runtime: Runtime) -> Service:
    """The connectors of a region. Raises DocumentError or SettingsError: what it cannot run on."""
    settings = runtime.settings
    if not isinstance(settings, Settings):
        raise SettingsError("the connector is built with its own settings")
    folder = settings.regions / settings.region
    region = region_from(read_yaml(folder / "region.yaml"))
    intake = ECKey.import_key(json.loads(read_key(settings.secrets, "intake.jwk")))
    hand = RegionHand(intake, read_hex_key(settings.secrets, "pseudonym.key"))
    book = PostgresBook(runtime.pool, region.code)
    definitions = read_definitions(folder / "connectors")
    pullers: list[Component] = []
    for definition in definitions:
        address = read_key(settings.secrets, definition.address).decode()
        desk = Desk(definition, ZoneInfo(region.timezone), book, hand)
        open_source = partial(KINDS[definition.kind], address, definition)
        pullers.append(Puller(desk, open_source, runtime.clock, settings.connector_away_seconds))
    roles: dict[str, list[Component]] = {"worker": pullers or [Idle(folder / "connectors")], "relay": [runtime.relay()]}
    offices = {definition.connector: Office(definition, book) for definition in definitions}
    return Service("connector", roles, [router(offices, runtime.clock)])


def read_definitions(folder: Path) -> list[Definition]:
    """The connectors of a folder; none when there is no folder. Raises DocumentError that names file and field."""
    definitions: dict[str, Definition] = {}
    for file in sorted(folder.glob("*.yaml")):
        document = read_document(file)
        try:
            definition = definition_from(document.content)
        except ValueError as fault:
            raise document.refusal(ValueError(f"{fault}; see docs/connectors.md")) from None
        if definition.kind not in KINDS:
            kinds = ", ".join(sorted(KINDS))
            raise DocumentError(document.fault(f"no such kind of source; `kind` is one of {kinds}", ("kind",)))
        if definition.connector in definitions:
            taken = f"another file already defines `{definition.connector}`; names are for ever"
            raise DocumentError(document.fault(taken, ("connector",)))
        definitions[definition.connector] = definition
    return list(definitions.values())


BLUEPRINT: Final = Blueprint("connector", Path(__file__).parent / "migrations", build, Settings)
