"""Rights at the broker follow from the declaration of topics."""

from itertools import chain, product
from pathlib import Path

import pytest

from chassis.kafka.topics import load_topics
from deploy.access import Grant, grants_for, grants_of, hub_among, lines_of

NATION, ZHEJIANG, HUBEI = "100000", "330000", "420000"
REGIONS = (NATION, ZHEJIANG, HUBEI)
TOPICS = load_topics(Path("deploy/kafka/topics.yaml"))
GRANTS = grants_of(TOPICS, REGIONS, NATION)
NAMES = [
    spec.name
    for spec in chain(TOPICS.for_nation(REGIONS), *(TOPICS.for_region(region) for region in REGIONS), TOPICS.shared())
]


def may(user: str, operation: str, name: str, kind: str = "topic", grants: list[Grant] = GRANTS) -> bool:
    """Whether the broker lets a user do that."""
    return any(
        grant.user == user and operation in grant.operations and kind == of
        and (name.startswith(known) if grant.prefixed else name == known)
        for grant in grants
        for of, known in grant.resources
    )  # fmt: skip


def allowed(user: str, operation: str) -> set[str]:
    return {name for name in NAMES if may(user, operation, name)}


def national(region: str, *names: str) -> set[str]:
    return {f"hc.national.{region}.{name}" for name in names}


def test_a_region_writes_its_own_topics_and_its_share_of_the_nations() -> None:
    own = {spec.name for spec in TOPICS.for_region(ZHEJIANG)}
    writes = allowed(ZHEJIANG, "Write")
    assert own | national(ZHEJIANG, "inbox.v1", "relay.v1", "seals.v1", "sources.v1", "v1.dlq") <= writes
    assert not national(ZHEJIANG, "v1", "source-refusals.v1", "inbox.v1.dlq") & writes
    assert {name for name in writes - own if f".{ZHEJIANG}." not in name} == {"hc.national.countersigned.v1.dlq"}


def test_a_region_reads_its_own_topics_and_what_the_hub_tells_it() -> None:
    own = {spec.name for spec in TOPICS.for_region(ZHEJIANG)}
    reads = allowed(ZHEJIANG, "Read")
    assert own | national(ZHEJIANG, "v1", "v1.dlq", "source-refusals.v1", "relay.v1") <= reads
    assert not national(ZHEJIANG, "inbox.v1", "seals.v1", "inbox.v1.dlq") & reads
    countersigned = {"hc.national.countersigned.v1", "hc.national.countersigned.v1.dlq"}
    assert {name for name in reads - own if f".{ZHEJIANG}." not in name} == countersigned | {"hc.clock.v1"}


def test_the_nation_reads_what_regions_tell_it_and_writes_to_each_and_is_in_nobodys_own_topics() -> None:
    for region in (ZHEJIANG, HUBEI):
        assert national(region, "inbox.v1", "seals.v1", "sources.v1") <= allowed(NATION, "Read")
        assert national(region, "v1", "source-refusals.v1", "inbox.v1.dlq") <= allowed(NATION, "Write")
        assert not national(region, "inbox.v1", "seals.v1", "relay.v1") & allowed(NATION, "Write")
        assert not {spec.name for spec in TOPICS.for_region(region)} & (
            allowed(NATION, "Read") | allowed(NATION, "Write")
        )


def test_only_the_nation_makes_topics_between_the_regions_and_nobody_alters_or_deletes_any() -> None:
    assert may(NATION, "Create", "hc.national.460000.inbox.v1")
    for name in ("hc.national.330000.more.v1", "hc.420000.v1", "hc.3300001.v1", "hc.clock.v1", "other"):
        assert not may(ZHEJIANG, "Create", name)
    assert may(ZHEJIANG, "Create", "hc.330000.clients.c.codes.v1")
    known = {operation for grant in GRANTS for operation in grant.operations}
    assert known == {"Read", "Write", "Create", "Describe", "DescribeConfigs"}


def test_groups_and_producers_are_each_regions_own() -> None:
    for region, other in product(REGIONS, REGIONS):
        assert may(region, "Read", f"{other}-recognition-guests", "group") == (region == other)
        assert may(region, "Write", f"{other}-recognition-1", "transactional-id") == (region == other)


def test_an_outsider_reads_nothing_about_anybody() -> None:
    seen = allowed("outside", "Read")
    assert seen == {f"hc.{r}.{name}" for r in REGIONS for name in ("reference.v1", "seals.v1", "countersigned.v1")}
    assert not any(TOPICS.personal(name) for name in seen)
    assert not allowed("outside", "Write")


def test_a_client_and_a_sender_have_their_own_topics_alone() -> None:
    client = grants_for("client", [ZHEJIANG, "k3v7"], TOPICS)
    user = "client-330000-k3v7"
    assert may(user, "Read", "hc.330000.clients.k3v7.codes.v1", grants=client)
    assert may(user, "Read", f"{user}-anything", "group", client)
    assert not may(user, "Read", "hc.330000.clients.k3v8.codes.v1", grants=client)
    sender = grants_for("sender", [ZHEJIANG, "laboratories", "h1"], TOPICS)
    assert lines_of(sender).split() == [
        "--add", "--force", "--allow-principal", "User:sender-330000-h1", "--operation", "Write", "--topic",
        "hc.330000.tests-in.v1", "--resource-pattern-type", "literal",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("whom", "names", "says"),
    [
        ("client", [ZHEJIANG], "client REGION CLIENT"),
        ("client", [ZHEJIANG, "k3 --operation All"], "small letters"),
        ("sender", [ZHEJIANG, "hospitals", "h1"], "hospitals writes to no topic"),
    ],
)
def test_who_is_not_known_is_refused(whom: str, names: list[str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        grants_for(whom, names, TOPICS)


def test_a_writer_of_whom_nobody_knows_the_user_is_refused() -> None:
    broken = TOPICS.model_copy(
        update={"nation": {"a.v1": TOPICS.nation["countersigned.v1"].model_copy(update={"writers": ("everybody",)})}}
    )
    with pytest.raises(ValueError, match=r"nation\.a\.v1: 'everybody' is nobody whom the broker knows"):
        grants_of(broken, REGIONS, NATION)


def test_a_region_with_a_broker_to_itself_makes_what_is_shared() -> None:
    assert may(ZHEJIANG, "Create", "hc.clock.v1", grants=grants_of(TOPICS, [ZHEJIANG], ""))


def test_the_hub_is_found_by_the_regions_data() -> None:
    assert hub_among(Path("regions"), ["330000", "100000"]) == "100000"
    assert hub_among(Path("regions"), ["330000"]) == ""
