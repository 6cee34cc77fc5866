"""Where the broker's jars come from. Nothing here is trusted: what arrives is checked against the pins."""

import logging
import tempfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext
from jgo.parse import Endpoint

from deploy.local.errors import StackError
from deploy.local.jars import PINS, digest_of
from deploy.local.kafka import VERSION

# the broker, and a logger for it that needs no configuration file
ENDPOINT = f"org.apache.kafka:kafka_2.13:{VERSION}+org.slf4j:slf4j-simple:1.7.36"
# The broker's tools, without what they stand on: of that the two that set rights need nothing beyond the broker's own,
# and the others would bring Connect with a web server.
TOOLS = f"org/apache/kafka/kafka-tools/{VERSION}/kafka-tools-{VERSION}.jar"


def download(folder: Path, name: str) -> Path:
    """Fetch one jar, named by its path in a Maven repository, to somewhere under `folder`.

    Raises StackError when it cannot be had.
    """
    logging.getLogger("jgo").setLevel(logging.ERROR)
    *group, artifact, version, file = PurePosixPath(name).parts
    context = _context(folder)
    try:
        component = context.project(".".join(group), artifact).at_version(version)
        path = context.resolver.download(component.artifact())
    except (RuntimeError, OSError) as error:
        raise StackError(
            f"Could not download {file} ({type(error).__name__}); check the network or the proxy variables "
            "and run `python -m deploy.local fetch` again.",
            f"无法下载 {file}({type(error).__name__});请检查网络或代理,然后重试 `python -m deploy.local fetch`。",
        ) from error
    assert path is not None, "only snapshots have none"  # noqa: S101 - tells the type checker
    return path


def renew_pins(path: Path = PINS) -> None:
    """Write the pins of all that the broker's coordinates resolve to; downloads all of it."""
    with tempfile.TemporaryDirectory() as folder:
        context = _context(Path(folder))
        wanted = [replace(coordinate, scope="compile") for coordinate in Endpoint.parse(ENDPOINT).coordinates]
        inputs, transitive = context.resolver.resolve([context.create_dependency(one) for one in wanted])
        jars = [one.artifact.resolve() for one in (*inputs, *transitive) if one.scope in {"compile", "runtime"}]
        jars.append(download(Path(folder), TOOLS))
        lines = sorted(f"{jar.relative_to(folder).as_posix()}  {digest_of(jar)}" for jar in jars)
    path.write_text("".join(f"{digest}  {name}\n" for name, digest in map(str.split, lines)))


def _context(folder: Path) -> MavenContext:
    # named here, so that the user's own Maven folder and jgo settings are neither read nor filled
    return MavenContext(repo_cache=folder, remote_repos={"central": MAVEN_CENTRAL_URL})
