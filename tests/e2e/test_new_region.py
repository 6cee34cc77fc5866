"""docs/new-region.md is true: its commands, as they stand, bring Hainan from no folder to codes that count elsewhere.

Hainan's rules are in `hainan/`; they take the place of the template's where the page says to write one's own.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

pytestmark = pytest.mark.embedded

PAGE = Path("docs/new-region.md")
RULES = Path(__file__).parent / "hainan"
CODE = "460000"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DAY = re.compile(r"<<day(?: ([+-]\d+))?>>")
# What make would do in the project's own folder.
MADE = {"make tools": "", f"make region CODE={CODE}": f".venv/bin/python -m demo.newcomer {CODE}"}
SECONDS = 240


class Reader:
    """Somebody who has only the page: types its blocks one after another, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blocks = [block.strip() for block in BLOCK.findall(PAGE.read_text("utf-8"))]
        self.shell = ""
        strange = ("HC_", "KAFKA_", "DATABASE_URL", "PYTEST")
        mine = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
        cache = {"HC_CACHE": os.environ["HC_CACHE"]} if "HC_CACHE" in os.environ else {}
        self.environment = {**mine, **cache, "HC_DATA": str(folder / ".data"), "COLUMNS": "200", "LANG": "C.UTF-8"}

    def next(self, answers: str = "") -> subprocess.CompletedProcess[str]:
        """Type the next block, in a shell that knows what the blocks before have set; `answers` to what it asks."""
        block = self.blocks.pop(0)
        for made, command in MADE.items():
            block = block.replace(made, command)
        done = self._run(f"{self.shell}\n{block}", answers)
        keeps = re.compile(r"^(\w[\w-]*\(\) \{.*\}|\. \S+)$", re.MULTILINE)
        self.shell += "\n".join(keeps.findall(block)) + "\n"
        return done

    def start(self) -> subprocess.Popen[bytes]:
        """Type the next block, which stays."""
        block = self.blocks.pop(0)
        command = [sys.executable, *MADE[block].split()[1:]]
        with (self.folder / "run.log").open("wb") as log:
            return subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=log, stderr=log)

    def _run(self, script: str, answers: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-euo", "pipefail", "-c", script]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, input=answers, capture_output=True, text=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """The project's folder without the new region."""
    root = Path.cwd()
    for name in (".venv", "cli", "services", "chassis", "healthcode", "deploy", "demo"):
        (tmp_path / name).symlink_to(root / name)
    shutil.copytree(root / "regions", tmp_path / "regions")
    assert not (tmp_path / "regions" / CODE).exists()
    return Reader(tmp_path)


def write_rules(folder: Path) -> None:
    """What a person does between two blocks: policy, cases and reasons of one's own, in the files that are there."""
    (policy,) = (folder / "policy").iterdir()
    first = date.fromisoformat(policy.stem)

    def filled(name: str) -> str:
        text = (RULES / name).read_text("utf-8")
        return DAY.sub(lambda gap: str(first + timedelta(days=int(gap[1] or 0))), text)

    policy.write_text(filled("policy.yaml"), "utf-8")
    (folder / "cases" / policy.name).write_text(filled("cases.yaml"), "utf-8")
    for lang in ("zh", "en"):
        path = folder / f"reasons.{lang}.yaml"
        text = path.read_text("utf-8")
        path.write_text(filled(f"reasons.{lang}.yaml") + text[text.index("declared:\n") :], "utf-8")


def wait_for(path: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while not path.exists():
        assert process.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < deadline, log.read_text("utf-8")
        time.sleep(0.1)


@pytest.mark.timeout(900)
def test_whoever_follows_the_page_has_codes_that_count_elsewhere(reader: Reader) -> None:
    began = time.monotonic()
    makefile = Path("Makefile").read_text("utf-8")
    assert "tools: $(VENV)/local" in makefile
    assert "python -m demo.newcomer $(CODE)" in makefile.replace("$(BIN)/", "")
    reader.next()
    reader.next(answers="\n\n\n")  # Enter takes what stands there
    write_rules(reader.folder / "regions" / CODE)
    assert "is right" in reader.next().stdout
    tried = reader.next().stdout
    assert "HN-R2" in tried
    assert "from 330000" in tried
    running = reader.start()
    try:
        wait_for(reader.folder / ".data/region/live.env", running, reader.folder / "run.log")
        ready = time.monotonic()
        joined = reader.next().stdout
        assert re.search(rf"^{CODE}\s+True", joined, re.MULTILINE), joined
        seen = reader.next().stdout
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(60)
    assert re.findall(r"(green|red) by", seen) == ["green", "red"], seen
    assert "guest in 330000: green by 00/* → green" in seen
    assert "recolored in 330000: red by 10/* → red" in seen
    assert reader.blocks == [], "the page has commands that nobody typed"
    took, until_ready = (time.monotonic() - began) / 60, (ready - began) / 60
    sys.stderr.write(f"\nno folder → ready: {until_ready:.1f} min; → a guest recolored: {took:.1f} min\n{seen}")
