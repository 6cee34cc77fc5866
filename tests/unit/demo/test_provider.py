import asyncio
from pathlib import Path

import pytest

from chassis.settings import ChassisSettings
from demo.identity import NotADemoError
from demo.provider import serve


async def test_beside_real_people_it_refuses_to_start(tmp_path: Path) -> None:
    settings = ChassisSettings(
        region="100000", kafka_bootstrap="k:1", database_url="postgresql://x/y", secrets=tmp_path, http_port=0
    )
    with pytest.raises(NotADemoError):
        await serve(settings, asyncio.Event())
    assert not (tmp_path / "identity.jwk").exists()
