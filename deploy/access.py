"""Who may do what at a broker: derived from the declaration of topics, and said as arguments of the broker's own tool.

    python -m deploy.access regions 330000 100000      a line for each call of kafka-acls.sh
    python -m deploy.access client 330000 k3v7q2m5x6aab
    python -m deploy.access sender 330000 laboratories first-hospital

A user is named as the region whose services it is of. Whoever is not named here may do nothing.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from chassis.documents import read_yaml
from chassis.kafka.topics import CLIENT, DEAD_LETTERS, NATIONAL, REGION, SHARED, Topic, Topics, load_topics
from healthcode.envelope import topic_name
from healthcode.region import region_from

OUTSIDE: Final = "outside"
"""Who follows what everybody may know."""
CLIENT_USER: Final = "client-{region}-{client}"
SENDER_USER: Final = "sender-{region}-{name}"
NAME: Final = re.compile("[a-z0-9][a-z0-9-]{0,63}")
EVERYBODY: Final = "integrators"

MAKING: Final = ("Create", "Describe", "DescribeConfigs")
Kind = Literal["topic", "group", "transactional-id"]

OWN: Final = {"that region", "recognition of that region", "relays of that region"}
NATION: Final = {"recognition of the nation"}
ALL: Final = {"recognition of all regions"}


@dataclass(frozen=True)
class Grant:
    """What one user may do with some resources; `prefixed`: with all whose names begin so."""

    user: str
    operations: tuple[str, ...]
    resources: tuple[tuple[Kind, str], ...]
    prefixed: bool = False

    def arguments(self) -> list[str]:
        """Of kafka-acls.sh."""
        named = ("--add", "--force", "--allow-principal", f"User:{self.user}")
        done = [each for operation in self.operations for each in ("--operation", operation)]
        where = [each for kind, name in self.resources for each in (f"--{kind}", name)]
        return [*named, *done, *where, "--resource-pattern-type", "prefixed" if self.prefixed else "literal"]


@dataclass(frozen=True)
class Shares:
    """The full names of national topics that one region reads and writes."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]


def grants_of(topics: Topics, regions: Sequence[str], nation: str) -> list[Grant]:
    """Everything that the services of these regions may do; of the `nation` too, where it is among them.

    Raises ValueError for a writer or reader of a national topic of whom it is not known which user that is.
    """
    made: list[Grant] = []
    for region in sorted(regions):
        made += _own(region)
        shares = shares_of(topics, region, regions, nation)
        made += [
            Grant(region, ("Read",), (*_topics(shares.reads), *_topics(_shared(topics)))),
            Grant(region, ("Write",), _topics(shares.writes)),
        ]
    if nation in regions:
        made.append(Grant(nation, MAKING, _topics((topic_name(NATIONAL, ""),)), prefixed=True))
    # what regions share is made by the nation; where a region has a broker to itself, by that region
    made += [
        Grant(each, ("Create",), _topics(_shared(topics))) for each in ([nation] if nation in regions else regions)
    ]
    made.append(Grant(OUTSIDE, ("Read",), _topics(_public(topics, regions))))
    made.append(Grant(OUTSIDE, ("Read",), (("group", f"{OUTSIDE}-"),), prefixed=True))
    return made


def client_grants(region: str, client: str, topics: Topics) -> list[Grant]:
    """What one client of a region may do: read its own topics, in groups whose names begin with its own user's."""
    user = CLIENT_USER.format(region=region, client=client)
    own = tuple(spec.name for spec in topics.for_client(region, client))
    return [
        Grant(user, ("Read",), _topics(own)),
        Grant(user, ("Read",), (("group", f"{user}-"),), prefixed=True),
    ]


def sender_grants(region: str, party: str, name: str, topics: Topics) -> list[Grant]:
    """What one authority or laboratory may do: write where its kind, the `party`, is declared as a writer.

    Raises ValueError for one that writes nowhere.
    """
    own = tuple(topic_name(region, each) for each, topic in topics.region.items() if party in topic.writers)
    if not own:
        raise ValueError(f"{party} writes to no topic of a region; see deploy/kafka/topics.yaml")
    return [Grant(SENDER_USER.format(region=region, name=name), ("Write",), _topics(own))]


def shares_of(topics: Topics, region: str, regions: Sequence[str], nation: str) -> Shares:
    """What a region reads and writes between the regions; who reads a topic has its dead letters too."""
    reads: list[str] = []
    writes: list[str] = []
    for name, topic in topics.nation.items():
        for owner in sorted(regions) if REGION in name else [None]:
            full = topic_name(NATIONAL, name.replace(REGION, owner or ""))
            if _among(topic.readers, region, owner, nation, name):
                reads.append(full)
                if topic.dead_letters:
                    reads.append(full + DEAD_LETTERS)
                    writes.append(full + DEAD_LETTERS)
            if _among(topic.writers, region, owner, nation, name):
                writes.append(full)
    return Shares(tuple(reads), tuple(writes))


def _among(parties: Sequence[str], region: str, owner: str | None, nation: str, topic: str) -> bool:
    """Whether a region is one of those whom the declaration names. Raises ValueError."""
    unknown = set(parties) - OWN - NATION - ALL
    if unknown:
        known = ", ".join(sorted(OWN | NATION | ALL))
        raise ValueError(f"nation.{topic}: {min(unknown)!r} is nobody whom the broker knows; one of: {known}")
    by_name = owner == region and not OWN.isdisjoint(parties)
    return by_name or not ALL.isdisjoint(parties) or (region == nation and not NATION.isdisjoint(parties))


def _own(region: str) -> Iterator[Grant]:
    """With what a region has for itself: topics, groups, producers. To alter or delete is nobody's over the network."""
    topics, names = topic_name(region, ""), f"{region}-"
    yield Grant(region, ("Read",), (("topic", topics), ("group", names)), prefixed=True)
    yield Grant(region, ("Write", "Describe"), (("topic", topics), ("transactional-id", names)), prefixed=True)
    yield Grant(region, MAKING, (("topic", topics),), prefixed=True)


def _public(topics: Topics, regions: Sequence[str]) -> tuple[str, ...]:
    """What anybody may follow who was let in at all: declared for integrators, and nothing about a person in it."""

    def is_public(name: str, topic: Topic) -> bool:
        return EVERYBODY in topic.readers and not topic.personal and CLIENT not in name

    names = [name for name, topic in topics.region.items() if is_public(name, topic)]
    return tuple(topic_name(region, name) for region in sorted(regions) for name in names)


def _shared(topics: Topics) -> tuple[str, ...]:
    return tuple(SHARED + name for name in topics.shared_)


def _topics(names: Sequence[str]) -> tuple[tuple[Kind, str], ...]:
    return tuple(("topic", name) for name in names)


def grants_for(whom: str, names: Sequence[str], topics: Topics) -> list[Grant]:
    """For `client` with a region and a client; for `sender` with a region, a party and a name. Raises ValueError."""
    if not all(NAME.fullmatch(name) for name in names):
        raise ValueError("a name has small letters, digits and hyphens")
    match whom, *names:
        case "client", region, client:
            return client_grants(region, client, topics)
        case "sender", region, party, name:
            return sender_grants(region, party, name, topics)
    raise ValueError("client REGION CLIENT, or sender REGION PARTY NAME; parties are in deploy/kafka/topics.yaml")


def lines_of(grants: Sequence[Grant]) -> str:
    """The arguments of kafka-acls.sh, a line a call."""
    return "".join(" ".join(grant.arguments()) + "\n" for grant in grants)


def hub_among(folder: Path, regions: Sequence[str]) -> str:
    """The nation among some regions by their folders; empty where it is not among them."""
    found = (code for code in regions if region_from(read_yaml(folder / code / "region.yaml")).hub)
    return next(found, "")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("regions"), help="the folder of the regions' data")
    parser.add_argument("--topics", type=Path, default=Path("deploy/kafka/topics.yaml"))
    parser.add_argument("whom", choices=("regions", "client", "sender"))
    parser.add_argument("names", nargs="+", help="all regions at this broker; or a region and who is let in there")
    given = parser.parse_args()
    topics = load_topics(given.topics)
    if given.whom == "regions":
        grants = grants_of(topics, given.names, hub_among(given.data, given.names))
    else:
        grants = grants_for(given.whom, given.names, topics)
    sys.stdout.write(lines_of(grants))


if __name__ == "__main__":
    main()
