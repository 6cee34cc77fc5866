"""The pages: their own tests, their types, and that they need no more than they say."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import unavailable
from tests.support.portal import NODE, WEB

pytestmark = [pytest.mark.node]


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    if not (WEB / "node_modules").is_dir():
        unavailable("what web/portal needs is not installed; `make test` installs it")


def run(*command: str) -> None:
    done = subprocess.run([NODE, *command], cwd=WEB, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_their_tests_pass() -> None:
    run("node_modules/vitest/vitest.mjs", "run")


def test_their_types_are_right() -> None:
    run("node_modules/typescript/bin/tsc", "--noEmit")


def test_they_need_no_more_than_they_say() -> None:
    """What runs in a browser is these three; and the lockfile does not say from where."""
    lock = json.loads((WEB / "package-lock.json").read_text("utf-8"))
    installed = {name: entry for name, entry in lock["packages"].items() if name}
    runtime = {name.removeprefix("node_modules/") for name, entry in installed.items() if not entry.get("dev")}
    assert runtime == {"preact", "lean-qr", "zxing-wasm", "@types/emscripten", "type-fest", "tagged-tag"}
    assert "resolved" not in json.dumps(lock)


def test_every_text_is_in_both_languages() -> None:
    """No Chinese stands in the markup itself: every text is a pair, of which the page takes one."""
    for file in sorted(Path(WEB, "src").rglob("*.ts*")):
        for line in file.read_text("utf-8").splitlines():
            code = line.partition("//")[0]
            assert not (">" in code and "</" in code and any("\u4e00" <= sign <= "\u9fff" for sign in code)), file
