"""Holders over the twin."""

from collections.abc import Sequence

import pytest

from healthcode.events import HolderFound, HolderWanted
from services.issuer.ports import Credentials, Ledgers
from tests.twins.issuer import HoldersTwin, IssuerTwin
from tests.twins.issuer_scans_behaviour import HoldersBehaviour, ask


class TestOverTheTwin(HoldersBehaviour):
    @pytest.fixture(autouse=True)
    def over(self) -> None:
        self.twin = IssuerTwin()

    def stores(self) -> tuple[Ledgers, Credentials]:
        return self.twin, self.twin.credentials

    async def found(self, asked: Sequence[HolderWanted]) -> list[HolderFound]:
        holders = HoldersTwin(self.twin.credentials)
        await ask(holders, asked)
        return holders.published
