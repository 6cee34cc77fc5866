"""The house rules are checked by machine, and each check is shown to find a planted fault."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path()
PACKAGES = ("healthcode", "chassis", "services", "cli", "demo")
LINTER = str(Path(sys.executable).parent / "lint-imports")

FAULTS = {
    "Arrows go down": ("chassis/clock.py", "from services.audit import domain"),
    "The command lines talk HTTP": ("cli/dlq.py", "from chassis import metrics"),
    "Services never import each other": ("services/issuer/bootstrap/build.py", "from services.audit import domain"),
    "nothing imports upward": ("services/audit/ports/__init__.py", "from services.audit import handlers"),
    "edges do not know each other": ("services/audit/stream/__init__.py", "from services.audit import store"),
    "there is no extra room": ("services/audit/utils.py", ""),
    "A store implements ports": ("services/audit/store/__init__.py", "from services.audit import handlers"),
    "Domain, ports and handlers know no broker": ("services/audit/domain/__init__.py", "import asyncpg"),
    "Faust is used by the stream of oversight alone": ("services/oversight/bootstrap.py", "import faust"),
    "The published language does no input": ("healthcode/values.py", "import socket"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    return subprocess.run(
        [LINTER, "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the code and of the rules."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.sql"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def test_the_house_is_in_order(house: Path) -> None:
    result = lint(house)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("rule", "fault"), FAULTS.items(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_planted_fault_is_found(house: Path, rule: str, fault: tuple[str, str]) -> None:
    place, line = fault
    path = house / place
    text = path.read_text("utf-8") if path.exists() else ""
    path.write_text(f"{text}\n{line}\n", "utf-8")
    result = lint(house)
    broken = [report for report in result.stdout.splitlines() if report.endswith("BROKEN")]
    assert result.returncode != 0
    assert any(rule in report for report in broken), result.stdout


WATCHED = """
import asyncio, importlib, pathlib, pkgutil, socket, sys
import aiokafka, asyncpg, pydantic_settings

def refuse(*_, **__):
    raise AssertionError("importing did something")

class Loop(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self):
        refuse()

socket.socket.connect = refuse
asyncpg.create_pool = refuse
for client in (aiokafka.AIOKafkaConsumer, aiokafka.AIOKafkaProducer, pydantic_settings.BaseSettings):
    client.__init__ = refuse
asyncio.set_event_loop_policy(Loop())
for root in sys.argv[1:]:
    package = importlib.import_module(root)
    for module in pkgutil.walk_packages(package.__path__, root + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""


def test_importing_does_nothing() -> None:
    """No pool, client, settings object, connection or event loop before somebody calls `main`."""
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WATCHED, *PACKAGES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def lines_over(limit: int) -> Callable[[Path], bool]:
    return lambda path: len(path.read_text("utf-8").splitlines()) > limit


def test_files_stay_readable() -> None:
    """About 250 lines a file: a room that outgrows them becomes a folder."""
    files = [path for package in (*PACKAGES, "deploy", "docs", "bench") for path in (ROOT / package).rglob("*.py")]
    assert [str(path) for path in filter(lines_over(275), files)] == []
