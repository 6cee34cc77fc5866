from pathlib import Path

import pytest

from chassis.documents import DocumentError
from chassis.kafka.topics import load_topics

DECLARED = Path(__file__).parents[3] / "deploy/kafka/topics.yaml"
ONE = """
defaults: {partitions: 4, retention: 7d}
region:
  a.v1: {key: subject, writers: [x], readers: [y], what: "…"%s}
nation: {}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "topics.yaml"
    path.write_text(text, "utf-8")
    return path


def test_what_is_declared_can_be_loaded() -> None:
    topics = load_topics(DECLARED)
    region = {spec.name: spec for spec in topics.for_region("330000")}
    assert region["hc.330000.declarations.v1"].config == {"cleanup.policy": "delete", "retention.ms": "604800000"}
    assert region["hc.330000.declarations.v1.dlq"].partitions == 1
    assert region["hc.330000.codes.state.v1"].config == {"cleanup.policy": "compact"}
    assert region["hc.330000.relay.v1"].partitions == 1
    nation = [spec.name for spec in topics.for_nation(["330000", "420000"])]
    assert {"hc.national.330000.inbox.v1", "hc.national.330000.v1", "hc.national.420000.v1.dlq"} <= set(nation)
    assert len(nation) == len(set(nation))
    assert [spec.name for spec in topics.shared()] == ["hc.clock.v1"]


def test_a_topic_takes_the_defaults_and_says_otherwise(tmp_path: Path) -> None:
    plain = load_topics(written(tmp_path, ONE % "")).for_region("1")
    assert [(spec.name, spec.partitions) for spec in plain] == [("hc.1.a.v1", 4)]
    (own,) = load_topics(written(tmp_path, ONE % ", partitions: 2, retention: 90m, compact: true")).for_region("1")
    assert own.partitions == 2
    assert own.config == {"cleanup.policy": "compact,delete", "retention.ms": "5400000"}
    (kept,) = load_topics(written(tmp_path, ONE % ", retention: forever")).for_region("1")
    assert kept.config["retention.ms"] == "-1"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (", retention: 7 days", r"region\.a\.v1\.retention: .*24h"),
        (", partitions: 0", r"region\.a\.v1\.partitions: .*greater than or equal to 1"),
        (", partition: 3", r"region\.a\.v1\.partition: Extra inputs"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, wrong: str, says: str) -> None:
    with pytest.raises(DocumentError, match=r"topics\.yaml: " + says):
        load_topics(written(tmp_path, ONE % wrong))


def test_a_name_that_kafka_would_refuse_is_refused_here(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="should match pattern"):
        load_topics(written(tmp_path, ONE.replace("a.v1", "a b") % ""))


def test_what_may_hold_personal_data_is_known_by_the_full_name() -> None:
    topics = load_topics(DECLARED)
    personal = {name: topics.personal(name) for name in ("hc.330000.areas-in.v1", "hc.330000.declarations.v1")}
    assert personal == {"hc.330000.areas-in.v1": False, "hc.330000.declarations.v1": True}
    assert topics.personal("hc.national.330000.inbox.v1")
    assert topics.personal("hc.national.330000.v1")
    assert not topics.personal("hc.national.330000.seals.v1")
    assert not topics.personal("hc.national.countersigned.v1")
    assert topics.personal("hc.330000.never-declared.v1")
    assert topics.personal("odd")
