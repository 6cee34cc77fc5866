from dataclasses import dataclass, field

import pytest

from healthcode.events import CodeChanged, CodeConfirmed
from services.issuer.ports import Lookup
from tests.twins.issuer import CredentialsTwin, IssuerTwin
from tests.twins.issuer_behaviour import IssuerBehaviour


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

    async def published(self) -> list[CodeChanged | CodeConfirmed]:
        return self.ledgers.published

    async def lookups_seen(self) -> list[Lookup]:
        return self.ledgers.seen


class TestHandlersOverTheTwin(IssuerBehaviour):
    @pytest.fixture
    def world(self) -> TwinWorld:
        return TwinWorld()
