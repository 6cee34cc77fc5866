"""The hub's workers: one for each region, so that none waits for what another has sent."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from chassis.crew import Crew
from chassis.run import Runtime
from chassis.stream.model import StreamSpec


def crew_of(
    runtime: Runtime, name: str, catalogue: Callable[[], Mapping[str, Any]], spec: Callable[[str], StreamSpec]
) -> Crew:
    """A worker for every region that the catalogue holds as it stands; whoever joins is given topics first."""

    async def prepare(codes: Collection[str]) -> None:
        await runtime.national.create_topics(runtime.topics.for_nation(codes))

    return Crew(f"recognition.{name}", lambda: codes_of(catalogue()), spec, runtime.worker, prepare)


def codes_of(catalogue: Mapping[str, Any]) -> set[str]:
    """The regions of a catalogue."""
    return {entry["code"] for entry in catalogue["regions"]}
