"""The seeds of CI: without a fault every invariant holds, and each planted fault breaks one."""

import json
import os
import subprocess
import sys
from typing import Any, Final

import pytest

from tests.simulation.faults import FAULTS

SEEDS: Final = 300
SECONDS: Final = 900


def simulated(*options: str) -> tuple[int, dict[str, Any], str]:
    """What the command line says, as JSON and for people."""
    command = [sys.executable, "-m", "tests.simulation", "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    last = done.stdout.strip().rpartition("\n")[2]
    return done.returncode, json.loads(last) if last.startswith("{") else {}, done.stdout + done.stderr


@pytest.mark.timeout(SECONDS)
def test_every_invariant_holds_on_every_seed() -> None:
    code, counted, said = simulated("--seeds", os.environ.get("SEEDS", str(SEEDS)))
    assert code == 0, said
    for point in ("partition.claimed", "batch.handled", "batch.committed", "window.stored", "window.published"):
        assert counted[f"kill at {point}"] > 0, f"no process died at {point}: {said}"


@pytest.fixture(scope="module")
def found() -> tuple[dict[str, int], str]:
    """The seed that found each planted fault, and what was said of all; in one process, which has the country made."""
    _, counted, said = simulated("--seeds", str(SEEDS), "--faults")
    return counted, said


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_planted_fault_is_found(fault: str, found: tuple[dict[str, int], str]) -> None:
    seeds, said = found
    assert fault in seeds, f"{fault} was not found: {said}"


def test_a_seed_does_the_same_again() -> None:
    first, second = (simulated("--seed", "3")[1] for _ in range(2))
    assert first == second
    assert first["steps"] > 1000
