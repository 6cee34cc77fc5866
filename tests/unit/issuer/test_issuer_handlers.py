from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from healthcode.events import CodeChanged, CodeConfirmed
from services.issuer.ports import Lookup
from tests.twins.issuer import CredentialsTwin, FamilyTwin, IssuerTwin
from tests.twins.issuer_behaviour import IssuerBehaviour
from tests.twins.issuer_family_behaviour import FamilyBehaviour


@dataclass
class TwinWorld:
    ledgers: IssuerTwin = field(default_factory=IssuerTwin)

    @property
    def credentials(self) -> CredentialsTwin:
        return self.ledgers.credentials

    @property
    def views(self) -> IssuerTwin:
        return self.ledgers

    history = lookups = views

    @property
    def family(self) -> FamilyTwin:
        return self.ledgers.family

    @asynccontextmanager
    async def taking(self) -> AsyncIterator[FamilyTwin]:
        yield self.ledgers.family

    async def published(self) -> list[CodeChanged | CodeConfirmed]:
        return self.ledgers.published

    async def lookups_seen(self) -> list[Lookup]:
        return self.ledgers.lookups


class TestHandlersOverTheTwin(IssuerBehaviour):
    @pytest.fixture
    def world(self) -> TwinWorld:
        return TwinWorld()


class TestFamilyOverTheTwin(FamilyBehaviour):
    @pytest.fixture
    def family_world(self) -> TwinWorld:
        return TwinWorld()
