"""What the running stack takes: memory of each service, and the size of the images. `python -m deploy.measure`."""

import json
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

UNITS: Final = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 10**3, "MB": 10**6, "GB": 10**9}
MIB: Final = 1 << 20
OURS: Final = ("healthcode", "healthcode-edge", "healthcode-demo")


def measured(environment: Mapping[str, str]) -> str:
    """A table: MiB of each service as the engine counts them (the largest copy), and MiB of each image.

    `environment` names the project (COMPOSE_PROJECT_NAME) and the images' version (HC_VERSION).
    """
    project = environment.get("COMPOSE_PROJECT_NAME", "healthcode")
    label = f"label=com.docker.compose.project={project}"
    named = dict(_lines("ps", "--filter", label, "--format", '{{.ID}} {{.Label "com.docker.compose.service"}}'))
    memory: dict[str, list[float]] = defaultdict(list)
    for container, used in _lines("stats", "--no-stream", "--format", "{{.ID}} {{.MemUsage}}", *named):
        memory[named[container]].append(_bytes(used.split(" / ")[0]) / MIB)
    rows = [f"  {name:<22}{max(each):6.0f} MiB" for name, each in sorted(memory.items())]
    total = sum(sum(each) for each in memory.values())
    version = environment.get("HC_VERSION", "0.1.0")
    images = [f"  {name:<22}{_image(f'{name}:{version}') / MIB:6.0f} MiB image" for name in OURS]
    return "\n".join([*rows, f"  {'all':<22}{total:6.0f} MiB", *images])


def _lines(*arguments: str) -> list[tuple[str, str]]:
    ran = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True)
    return [(first, rest) for first, _, rest in (line.partition(" ") for line in ran.stdout.splitlines())]


def _image(name: str) -> int:
    ran = subprocess.run(["docker", "image", "inspect", name], capture_output=True, text=True, check=False)
    return int(json.loads(ran.stdout)[0]["Size"]) if ran.returncode == 0 else 0


def _bytes(text: str) -> float:
    found = re.fullmatch(r"([0-9.]+)([A-Za-z]+)", text.strip())
    return float(found[1]) * UNITS[found[2]] if found else 0.0


if __name__ == "__main__":
    print(measured(os.environ))
