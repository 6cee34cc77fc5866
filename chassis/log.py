"""Logs: one JSON object a line, or readable on a terminal; never a personal value.

Event names are static words (`batch_committed`), everything that varies is a key of its own. Ids are bound once:

    bind(region="330000", service="audit", role="worker")
    structlog.get_logger().info("batch_committed", records=812)
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

WITHHELD = "[withheld]"
WITHHELD_KEYS = frozenset(
    {
        *("name", "full_name", "id_number", "id_no", "phone", "mobile", "email", "address", "birth_date", "person"),
        *("temperature", "symptoms", "symptom", "diagnosis", "body", "payload", "value", "claims", "input"),
        *(
            "token",
            "access_token",
            "authorization",
            "cookie",
            "secret",
            "password",
            "private_key",
            "dsn",
            "database_url",
        ),
    }
)
"""Keys whose values never reach a log, at any depth and in any spelling (`idNumber`, `ID-Number`)."""
TRUSTED_PACKAGES = ("chassis", "healthcode", "services", "aiokafka", "asyncio")
"""Whose exceptions may be logged with their message; any other's message can quote data, so its type has to do."""

_PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|1[3-9][0-9]{9})(?![0-9A-Za-z])")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_DEEPEST = 6
AGAIN_SECONDS = 10.0
OFTEN = 5


def configure(
    log_format: Literal["json", "console", "auto"] = "auto", level: str = "info", stream: TextIO | None = None
) -> None:
    """Send everything that is logged, the libraries' lines included, to `stream` (default: standard output).

    `auto` is readable on a terminal and JSON elsewhere. Calling it again replaces the earlier arrangement.
    """
    out = stream or sys.stdout
    readable = log_format == "console" or (log_format == "auto" and out.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exceptions,
        withhold,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            keep_exc_info=False,
        )
    )
    handler.addFilter(_Seldom())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    _quiet_libraries()


class _Seldom(logging.Filter):
    """Lets through what aiokafka says at one place a few times in ten seconds, and counts the rest.

    While a broker is away it says so a hundred times a second, and would fill the disk with that.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this line is let through."""
        if not record.name.startswith("aiokafka."):
            return True
        now, place = time.monotonic(), (record.pathname, record.lineno)
        since, times = self._said.get(place, (now, 0))
        if now - since < AGAIN_SECONDS:
            self._said[place] = (since, times + 1)
            return times < OFTEN
        if times > OFTEN:
            record.msg, record.args = f"{record.getMessage()} ({times - OFTEN} more since)", ()
        self._said[place] = (now, 1)
        return True


def _quiet_libraries() -> None:
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)
    for name in ("uvicorn.access", "httpx", "httpcore"):  # these write whole addresses, with ids and queries
        logging.getLogger(name).setLevel(logging.WARNING)


def bind(**ids: str) -> None:
    """Put these on every later line of the present context (region, service, role, request_id)."""
    structlog.contextvars.bind_contextvars(**ids)


def withhold(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace what must not be logged: forbidden keys at any depth, and document or phone numbers inside texts."""
    for key, value in event.items():
        event[key] = WITHHELD if _forbidden(key) else _cleaned(value, _DEEPEST)
    return event


@lru_cache(maxsize=1024)
def _forbidden(key: str) -> bool:
    return _CAMEL.sub("_", key).replace("-", "_").lower() in WITHHELD_KEYS


def _cleaned(value: object, depth: int) -> object:
    if isinstance(value, bool | int | float | None):
        return value
    if depth == 0 or isinstance(value, bytes | bytearray | memoryview):
        return WITHHELD
    if isinstance(value, Mapping):
        return {
            str(key): WITHHELD if _forbidden(str(key)) else _cleaned(inner, depth - 1) for key, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned(inner, depth - 1) for inner in value]
    return _PERSONAL.sub(WITHHELD, describe(value) if isinstance(value, BaseException) else str(value))


def _exceptions(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Turn `exc_info` into text that quotes no data and no local variables."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_lines(error))
    return event


def _lines(error: BaseException) -> Iterator[str]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield ("" if link is error else "because of ") + describe(link)
        for frame in traceback.extract_tb(link.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        if isinstance(link, BaseExceptionGroup):
            for inner in link.exceptions:
                yield from ("  | " + line for line in _lines(inner))
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def describe(error: BaseException) -> str:
    """The type of an exception with what is safe to say of it: its message only when it is known to quote no data."""
    kind = type(error)
    safe = dict(_database_facts(error))
    places = _places(error)
    if places:
        safe["errors"] = ", ".join(places)
    if kind.__module__.split(".")[0] in TRUSTED_PACKAGES:
        safe["message"] = str(error)
    elif isinstance(error, OSError) and error.strerror:
        safe["message"] = error.strerror
    facts = "; ".join(f"{key}={value}" for key, value in safe.items() if value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{name} ({facts})" if facts else name


def _database_facts(error: BaseException) -> Iterator[tuple[str, str]]:
    for attribute in ("sqlstate", "schema_name", "table_name", "column_name", "constraint_name"):
        value = getattr(error, attribute, None)
        if isinstance(value, str):
            yield attribute, value


def _places(error: BaseException) -> list[str]:
    """Where a validation error (pydantic's or FastAPI's) found fault; keys that the sender made up are left out."""
    errors = getattr(error, "errors", None)
    if not callable(errors):
        return []
    faults: Iterable[MutableMapping[str, Any]] = errors()
    return [
        ".".join(str(part) for part in fault["loc"] if isinstance(part, int) or _PLAIN_KEY.fullmatch(part))
        + f": {fault['type']}"
        for fault in faults
        if isinstance(fault, dict) and "loc" in fault and "type" in fault
    ]
