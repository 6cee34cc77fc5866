import re

import pytest

from chassis import metrics

FORBIDDEN_LABELS = {"subject", "person", "name", "id", "id_number", "path", "client", "handle"}


def test_names_and_labels_follow_the_conventions() -> None:
    assert {"hc_http_requests_total", "hc_batch_seconds", "hc_consumer_lag"} <= set(metrics.CATALOGUE)
    for row in metrics.CATALOGUE.values():
        assert re.fullmatch(r"(hc|process)_[a-z_]+", row.name)
        assert row.name.endswith("_total") == (row.kind == "counter")
        assert row.help
        assert not FORBIDDEN_LABELS & set(row.labels)


def test_everything_that_is_exported_is_in_the_table() -> None:
    text = metrics.render()[0].decode()
    exported = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert exported == set(metrics.CATALOGUE)


def test_the_region_is_on_every_sample() -> None:
    metrics.everywhere(region="330000")
    try:
        lines = [line for line in metrics.render()[0].decode().splitlines() if not line.startswith("#")]
    finally:
        metrics.everywhere()
    assert lines
    assert all('region="330000"' in line for line in lines)


def test_a_name_is_declared_once() -> None:
    with pytest.raises(ValueError, match="Duplicated"):
        metrics.gauge("hc_consumer_lag", "again", "topic")  # as declared in the chassis


def test_a_timed_block_is_observed_also_when_it_fails() -> None:
    child = metrics.BATCH_SECONDS.labels("test", "decode")

    def fails() -> None:
        with metrics.timed(child):
            raise LookupError

    with pytest.raises(LookupError):
        fails()
    assert metrics.value("hc_batch_seconds_count", consumer="test", stage="decode") == 1
