from services.audit.handlers.policy import register_policies
from tests.twins.audit import AreaTwin
from tests.twins.audit_behaviour import NOW


async def test_new_policies_concern_everybody_once() -> None:
    twin = AreaTwin()
    assert await register_policies(twin, "digest", NOW)
    assert not await register_policies(twin, "digest", NOW)
    assert twin.storms == [(None, "policy", 2)]
