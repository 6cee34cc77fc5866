"""What is tested is what is deployed: a package that is in several sets of requirements has one version in all."""

import re
from collections import defaultdict
from pathlib import Path

PIN = re.compile(r"^([a-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def test_no_package_has_two_versions() -> None:
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for name in ("runtime", "local", "dev"):
        for package, version in PIN.findall(Path(f"requirements/{name}.txt").read_text("utf-8")):
            versions[package].add(version)
    assert {package: found for package, found in versions.items() if len(found) > 1} == {}
