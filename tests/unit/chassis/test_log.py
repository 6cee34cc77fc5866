import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
import structlog
from pydantic import BaseModel

from chassis import log

NUMBER = "330106199001011234"


class Lines(io.StringIO):
    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def only(self) -> dict[str, Any]:
        (line,) = self.all()
        return line


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = Lines()
    log.configure("json", "debug", stream)
    yield stream
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_is_one_json_object_with_the_bound_ids(lines: Lines) -> None:
    log.bind(region="330000", service="audit", role="worker")
    structlog.get_logger("stream").info("batch_committed", records=812)
    line = lines.only()
    assert line["event"] == "batch_committed"
    assert (line["region"], line["service"], line["role"], line["records"]) == ("330000", "audit", "worker", 812)
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("key", ["name", "id_number", "idNumber", "ID-Number", "phone", "temperature", "token", "body"])
def test_forbidden_keys_are_withheld_at_any_depth(lines: Lines, key: str) -> None:
    structlog.get_logger().info("stored", outer=[{key: "Zhang San"}], **{key: "Zhang San"})
    line = lines.only()
    assert line[key] == log.WITHHELD
    assert line["outer"] == [{key: log.WITHHELD}]


def test_numbers_of_documents_and_phones_are_withheld_inside_texts(lines: Lines) -> None:
    structlog.get_logger().info("odd", note=f"see {NUMBER} or 13800138000", count="12345")
    logging.getLogger("some.library").warning("cannot take %s", NUMBER)
    first, second = lines.all()
    assert first["note"] == f"see {log.WITHHELD} or {log.WITHHELD}"
    assert first["count"] == "12345"
    assert NUMBER not in second["event"]


def test_bytes_are_withheld(lines: Lines) -> None:
    structlog.get_logger().info("odd", raw=b"Zhang San")
    assert lines.only()["raw"] == log.WITHHELD


def test_lines_of_libraries_take_the_same_way(lines: Lines) -> None:
    log.bind(region="330000")
    logging.getLogger("uvicorn.error").info("Started")
    line = lines.only()
    assert (line["event"], line["logger"], line["region"]) == ("Started", "uvicorn.error", "330000")


def test_whole_addresses_of_requests_are_not_logged_by_libraries(lines: Lines) -> None:
    logging.getLogger("uvicorn.access").info("GET /v1/codes/abc")
    logging.getLogger("httpx").info("HTTP Request: GET http://h/v1/codes/abc")
    assert lines.all() == []


def test_a_database_error_is_logged_without_its_data(lines: Lines) -> None:
    error = asyncpg.UniqueViolationError("duplicate key: Zhang San")
    error.detail = "Key (name)=(Zhang San) already exists."
    error.constraint_name = "person_pkey"
    try:
        raise error
    except asyncpg.UniqueViolationError:
        structlog.get_logger().exception("not_stored")
    text = lines.getvalue()
    assert "Zhang" not in text
    assert "sqlstate=23505" in text
    assert "person_pkey" in text


def test_a_validation_error_is_logged_by_place_and_kind(lines: Lines) -> None:
    class Person(BaseModel):
        age: int

    try:
        Person.model_validate({"age": "Zhang San"})
    except ValueError:
        structlog.get_logger().exception("not_read")
    text = lines.getvalue()
    assert "Zhang" not in text
    assert "age: int_parsing" in text


def test_causes_are_followed_without_messages_or_local_variables(lines: Lines) -> None:
    def inner(secret_thing: str) -> None:
        raise KeyError(secret_thing)

    try:
        try:
            inner("Zhang San")
        except KeyError as cause:
            raise ValueError("Zhang San is no number") from cause
    except ValueError:
        logging.getLogger("some.library").exception("failed")
    line = lines.only()
    assert "Zhang" not in json.dumps(line)
    assert line["exception"].startswith("ValueError\n")
    assert "because of KeyError" in line["exception"]
    assert "in inner" in line["exception"]


def test_our_own_exceptions_keep_their_message(lines: Lines) -> None:
    own = type("OwnError", (Exception,), {"__module__": "chassis.run"})
    structlog.get_logger().error("stopped", exc_info=own("the broker went away"))
    assert "the broker went away" in lines.only()["exception"]


def test_groups_show_every_member(lines: Lines) -> None:
    group = ExceptionGroup("Zhang San", [ValueError("Zhang"), OSError(111, "Connection refused")])
    structlog.get_logger().error("failed", exc_info=group)
    text = lines.only()["exception"]
    assert "Zhang" not in text
    assert "ValueError" in text
    assert "Connection refused" in text


def test_the_console_form_is_readable(capsys: pytest.CaptureFixture[str], lines: Lines) -> None:
    stream = io.StringIO()
    log.configure("console", "info", stream)
    structlog.get_logger().info("batch_committed", records=3)
    structlog.get_logger().debug("unseen")
    assert "batch_committed" in stream.getvalue()
    assert "records=3" in stream.getvalue()
    assert "unseen" not in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_what_a_library_says_again_and_again_is_said_seldom_and_counted(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a broker is away aiokafka says a hundred times a second that it is."""
    seconds = 100.0
    monkeypatch.setattr("chassis.log.time.monotonic", lambda: seconds)
    library = logging.getLogger("aiokafka.client")

    def away(port: int) -> None:
        library.error("Unable connect to node with id %s", port)

    for port in range(500):
        away(port)
    assert [line["event"] for line in lines.all()] == [f"Unable connect to node with id {n}" for n in range(log.OFTEN)]
    for _ in range(9):
        structlog.get_logger("chassis.run").warning("component_failed")
    seconds += log.AGAIN_SECONDS
    away(501)
    said = [line["event"] for line in lines.all()[log.OFTEN :]]
    assert said == [*["component_failed"] * 9, "Unable connect to node with id 501 (495 more since)"]


def test_what_is_said_at_one_place_hides_no_other(lines: Lines) -> None:
    library = logging.getLogger("aiokafka.consumer")
    for _ in range(2 * log.OFTEN):
        library.info("joined")
    library.info("synced")
    assert [line["event"] for line in lines.all()] == ["joined"] * log.OFTEN + ["synced"]
