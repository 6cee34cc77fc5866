"""The stack in containers, for `make up`, `down`, `ps` and `logs`: needs Python, and an engine with compose.

Reads .env, then .env.local when there is one (not committed: what differs on this machine).
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
LOCAL: Final = ROOT / ".env.local"
DEMO_LOGS: Final = ".data/demo/logs"
SECONDS: Final = 20
NO_ENGINE: Final = (
    "No container engine answers. Install Docker Engine 20.10 or newer, start it, and see that `docker info` works for"
    " you (on Linux: that you are in the group docker).\n"
    "没有可用的容器引擎：请安装并启动 Docker Engine 20.10 以上版本，并确认 `docker info` 可用。"
)
NO_COMPOSE: Final = (
    "`docker compose` is missing. Install the compose plugin, version 2.24 or newer.\n"
    "缺少 `docker compose`：请安装 2.24 以上版本的 compose 插件。"
)
FAILED: Final = (
    "Not all came up. `make ps` shows which, `make logs` why; what an operator can mend is one sentence there.\n"
    "部分服务未能启动：`make ps` 查看状态，`make logs` 查看原因。"
)
DEMONSTRATION: Final = """\
This is the DEMONSTRATION: its identity provider believes everybody. 演示模式，请勿用于真实人员。
A token 获取令牌:
  curl -s http://{identity}/token -H 'content-type: application/json' \\
    -d '{{"sub": "officer-1", "roles": ["officer"], "region": "330000", "authority": "330100-cdc", "person": "p-1"}}'
What to do with it 后续步骤: docs/deployment.md"""


class StackError(Exception):
    """The stack cannot be driven; the text says what to do."""


def compose(*arguments: str) -> list[str]:
    """The command line of compose on our files."""
    command = ["docker", "compose", "--project-directory", str(ROOT), "--env-file", str(ROOT / ".env")]
    if LOCAL.exists():
        command += ["--env-file", str(LOCAL)]
    return [*command, *arguments]


def check_engine() -> None:
    """Raise StackError when there is no engine, or none with compose."""
    if shutil.which("docker") is None or not _works(["docker", "info"]):
        raise StackError(NO_ENGINE)
    if not _works(["docker", "compose", "version"]):
        raise StackError(NO_COMPOSE)


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=SECONDS, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def up(arguments: list[str]) -> int:
    """Build, start, wait until all are healthy, and say where they are."""
    code = subprocess.run(compose("up", "--build", "--wait", *arguments), cwd=ROOT, check=False).returncode
    if code:
        print(FAILED, file=sys.stderr)
        return code
    print(described(_config(), mode=_mode()))
    return 0


def described(published: dict[str, list[str]], *, mode: str) -> str:
    """Where everything is, and in the demonstration how to be somebody. `published`: addresses by service."""
    lines = ["Everything is healthy. 全部服务已就绪。"]
    for service, addresses in sorted(published.items()):
        lines += [f"  {service:<12} {_scheme(service)}{address}" for address in addresses]
    if mode == "demo" and "identity" in published:
        lines.append(DEMONSTRATION.format(identity=published["identity"][0]))
    return "\n".join(lines)


def _scheme(service: str) -> str:
    return "" if service == "kafka" else "http://"


def _config() -> dict[str, list[str]]:
    """The published addresses of each service, as the files describe them."""
    text = subprocess.run(compose("config", "--format", "json"), cwd=ROOT, check=True, capture_output=True).stdout
    services = json.loads(text)["services"]
    return {
        name: [f"{port.get('host_ip', '127.0.0.1')}:{port['published']}" for port in service["ports"]]
        for name, service in services.items()
        if service.get("ports")
    }


def _mode() -> str:
    text = subprocess.run(
        compose("config", "--environment"), cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return dict(line.partition("=")[::2] for line in text.splitlines()).get("HC_MODE", "production")


def logs(arguments: list[str]) -> int:
    """Follow the containers' logs when there are any, else those of a demonstration that runs without containers."""
    if shutil.which("docker") and _works(["docker", "info"]):
        running = subprocess.run(compose("ps", "-aq"), cwd=ROOT, check=False, capture_output=True, text=True)
        if running.stdout.strip():
            return subprocess.run(compose("logs", "--tail", "50", "-f", *arguments), cwd=ROOT, check=False).returncode
    files = sorted(ROOT.glob(f"{DEMO_LOGS}/*.log"))
    if not files:
        raise StackError("Nothing runs here: `make up` starts containers, `make demo` the demonstration without them.")
    return subprocess.run(["tail", "-n", "50", "-F", *map(str, files)], check=False).returncode


def main(arguments: list[str]) -> int:
    """The command line; gives the exit code."""
    what, rest = arguments[0], arguments[1:]
    if what == "logs":
        return logs(rest)
    check_engine()
    if what == "up":
        return up(rest)
    command = {"down": ["down", "--remove-orphans"], "ps": ["ps", "-a"]}[what]
    return subprocess.run(compose(*command, *rest), cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    os.chdir(ROOT)
    try:
        sys.exit(main(sys.argv[1:]))
    except StackError as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
