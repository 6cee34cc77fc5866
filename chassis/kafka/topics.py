"""The declaration of all topics, `deploy/kafka/topics.yaml`, as the broker needs it."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from chassis.documents import DocumentError, read_yaml
from chassis.kafka.model import TopicSpec
from healthcode.envelope import topic_name

DEAD_LETTERS: Final = ".dlq"
NATIONAL: Final = "national"
SHARED: Final = "hc."
CLIENT: Final = "{client}"
UNITS_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
REGION: Final = "{region}"
DURATION: Final = re.compile(r"([1-9]\d*)([smhd])")


def _duration(text: str) -> str:
    if text != "forever" and not DURATION.fullmatch(text):
        raise ValueError("a retention is a whole number with a unit (30s, 15m, 24h, 7d), or forever")
    return text


def _milliseconds(text: str) -> int:
    """What Kafka takes; -1 keeps for ever."""
    found = DURATION.fullmatch(text)
    return int(found[1]) * UNITS_MS[found[2]] if found else -1


Retention = Annotated[str, AfterValidator(_duration)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9{}][a-z0-9.{}-]*$", max_length=200)]
STRICT: Final = ConfigDict(extra="forbid", frozen=True)


class Defaults(BaseModel):
    """What holds for a topic that does not say otherwise."""

    model_config = STRICT

    partitions: int = Field(ge=1)
    retention: Retention
    compact: bool = False
    dead_letters: bool = False


class Topic(BaseModel):
    """One topic. `compact` keeps the last record of each key; with a retention of its own, no longer than that.

    One that is not `personal` holds nothing about a person: an operator may see a dead letter of it whole.
    """

    model_config = STRICT

    key: str
    what: str
    writers: tuple[str, ...] = Field(min_length=1)
    readers: tuple[str, ...] = Field(min_length=1)
    partitions: int | None = Field(default=None, ge=1)
    retention: Retention | None = None
    compact: bool | None = None
    dead_letters: bool | None = None
    personal: bool = True


class Topics(BaseModel):
    """All topics."""

    model_config = STRICT

    defaults: Defaults
    region: Mapping[Name, Topic]
    nation: Mapping[Name, Topic]
    shared_: Mapping[Name, Topic] = Field(default_factory=dict, alias="shared")

    def for_region(self, region: str) -> list[TopicSpec]:
        """One region's topics, on that region's broker; without those that each client has of its own."""
        topics = {name: topic for name, topic in self.region.items() if CLIENT not in name}
        return [spec for name, topic in topics.items() for spec in self._specs(topic_name(region, name), topic)]

    def for_client(self, region: str, client: str) -> list[TopicSpec]:
        """What one client of a region has of its own; made when the client is let in."""
        topics = {name.replace(CLIENT, client): topic for name, topic in self.region.items() if CLIENT in name}
        return [spec for name, topic in topics.items() for spec in self._specs(topic_name(region, name), topic)]

    def for_nation(self, regions: Iterable[str]) -> list[TopicSpec]:
        """The topics on the national broker; those with `{region}` in the name once for each region."""
        names = list(regions)
        return [
            spec
            for name, topic in self.nation.items()
            for full in ([name.replace(REGION, one) for one in names] if REGION in name else [name])
            for spec in self._specs(topic_name(NATIONAL, full), topic)
        ]

    def shared(self) -> list[TopicSpec]:
        """Topics that all regions on one broker share."""
        return [spec for name, topic in self.shared_.items() for spec in self._specs(SHARED + name, topic)]

    def personal(self, full_name: str) -> bool:
        """Whether a topic may hold personal data, by its name with prefix; one that is not declared may."""
        _, owner, name = full_name.split(".", 2) if full_name.count(".") > 1 else ("", "", full_name)
        if owner == NATIONAL:
            declared = self.nation.get(name) or self.nation.get(f"{REGION}.{name.partition('.')[2]}")
        else:
            declared = self.region.get(name)
        return declared is None or declared.personal

    def _specs(self, name: str, topic: Topic) -> list[TopicSpec]:
        """The topic, and its dead letters: one partition, kept as long as most topics are."""
        defaults = self.defaults
        specs = [TopicSpec(name, topic.partitions or defaults.partitions, self._config(topic))]
        if defaults.dead_letters if topic.dead_letters is None else topic.dead_letters:
            specs.append(TopicSpec(name + DEAD_LETTERS, 1, _deleted_after(defaults.retention)))
        return specs

    def _config(self, topic: Topic) -> dict[str, str]:
        compact = self.defaults.compact if topic.compact is None else topic.compact
        if not compact:
            return _deleted_after(topic.retention or self.defaults.retention)
        if topic.retention is None:
            return {"cleanup.policy": "compact"}
        return _deleted_after(topic.retention) | {"cleanup.policy": "compact,delete"}


def _deleted_after(retention: str) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(_milliseconds(retention))}


def load_topics(path: Path) -> Topics:
    """The topics that a file declares. Raises DocumentError, which names the file, the place and the fault."""
    try:
        return Topics.model_validate(read_yaml(path))
    except ValidationError as error:
        faults = (f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors())
        raise DocumentError(f"{path}: " + "; ".join(faults)) from None
