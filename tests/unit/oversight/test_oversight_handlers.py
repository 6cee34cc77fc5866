import pytest

from tests.twins.oversight import TwinWorld
from tests.twins.oversight_behaviour import OversightBehaviour


class TestHandlersOverTheTwin(OversightBehaviour):
    @pytest.fixture
    def world(self) -> TwinWorld:
        return TwinWorld()
