from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import pytest

from healthcode.events import AlarmChanged
from services.oversight.ports import Books
from tests.twins.oversight import BooksTwin
from tests.twins.oversight_behaviour import OversightBehaviour


@dataclass
class TwinWorld:
    views: BooksTwin = field(default_factory=BooksTwin)

    def begin(self) -> AbstractAsyncContextManager[Books]:
        return self.views.begin()

    async def published(self) -> Sequence[AlarmChanged]:
        return self.views.published


class TestHandlersOverTheTwin(OversightBehaviour):
    @pytest.fixture
    def world(self) -> TwinWorld:
        return TwinWorld()
