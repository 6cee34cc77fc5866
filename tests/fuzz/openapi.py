"""Requests by the OpenAPI document of a process, fitting ones and such as break it in one place, and their answers.

The same seed makes the same requests, but for the ids that the services themselves draw.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Err
from starlette.routing import compile_path

from tests.support.good_requests import ROUTES

Operation = APIOperation[Any, Any, Any, Any]
QUIET: Final = hypothesis.settings(
    database=None, deadline=None, derandomize=False, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
CONFIG: Final = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})
KNOWN_PART: Final = 0.6
"""How many requests of those with an id in their path name one that exists."""
GOOD_PART: Final = 0.5
"""How many bodies are good ones, changed in some fields: all else seldom comes past the first look."""
CHANGED_PART: Final = 0.2
MOST_KNOWN: Final = 50
SECONDS: Final = 30.0
LISTENED: Final = 0.5
"""Seconds after which a stream that says nothing is left."""
PROBLEM: Final = "application/problem+json"


@dataclass(frozen=True)
class Fault:
    """An answer that no request may get, and how to ask for it again."""

    operation: str
    status: int
    answer: str
    asked: str

    def __str__(self) -> str:
        return f"{self.operation} answered {self.status}: {self.answer[:500]}\n    {self.asked[:2000]}"


@dataclass
class Report:
    """What was asked and what came of it."""

    operations: set[str] = field(default_factory=set)
    inputs: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def __str__(self) -> str:
        statuses = ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))
        kinds = f"{self.inputs['positive']} that fit and {self.inputs['negative']} that do not"
        head = f"{len(self.operations)} operations, {self.inputs.total()} inputs ({kinds}), {len(self.faults)} faults"
        return "\n".join([f"{head}; {statuses}", *map(str, self.faults)])


class Fuzzer:
    """Asks one process."""

    def __init__(self, url: str, tokens: Sequence[str], seed: int, report: Report) -> None:
        """`tokens`: whose requests these are, by turns of chance."""
        self._url = url
        self._tokens = tokens
        self._seed = seed
        self._report = report
        self._session = requests.Session()
        self._chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self._known: dict[str, list[str]] = {}

    def run(self, examples: int) -> None:
        """So many of each kind at every operation of the document that was not asked before, of another process."""
        document = self._session.get(f"{self._url}/openapi.json", timeout=SECONDS).json()
        for operation in _operations(document):
            if operation.label in self._report.operations:
                continue
            self._report.operations.add(operation.label)
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                self._ask(operation, mode, examples)
        self._session.close()

    def _ask(self, operation: Operation, mode: GenerationMode, examples: int) -> None:
        @hypothesis.seed(self._seed)
        @hypothesis.settings(QUIET, max_examples=examples)
        @hypothesis.given(case=operation.as_strategy(mode))
        def ask(case: Case[Any]) -> None:
            self._send(case, mode)

        try:
            ask()
        except Unsatisfiable:
            return  # nothing can be broken where nothing is asked for

    def _send(self, case: Case[Any], mode: GenerationMode) -> None:
        for name in case.path_parameters:
            known = self._known.get(name, []) + self._known.get("id", [])
            if known and self._chance.random() < KNOWN_PART:
                case.path_parameters[name] = self._chance.choice(known)
        good = _good_body(case)
        if isinstance(case.body, dict) and good and self._chance.random() < GOOD_PART:
            case.body = good | {
                name: value for name, value in case.body.items() if self._chance.random() < CHANGED_PART
            }
        headers = {"authorization": f"Bearer {self._chance.choice(self._tokens)}"}
        self._report.inputs[mode.value] += 1
        endless = case.operation.path.endswith("/stream")
        try:
            answer = case.call(
                self._url, session=self._session, headers=headers, timeout=LISTENED if endless else SECONDS
            )
        except requests.ReadTimeout:
            if not endless:
                raise
            return
        self._report.statuses[answer.status_code] += 1
        self._judge(case, answer)

    def _judge(self, case: Case[Any], answer: Any) -> None:
        refused = answer.status_code >= HTTPStatus.BAD_REQUEST
        media = answer.headers.get("content-type", [""])[0]
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or (refused and media != PROBLEM):
            asked = case.as_curl_command()
            self._report.faults.append(Fault(case.operation.label, answer.status_code, answer.text, asked))
        elif not refused and media == "application/json":
            self._learn(answer.json())

    def _learn(self, body: object) -> None:
        """Remember the ids of an answer, for paths to come."""
        for name, value in _texts(body):
            known = self._known.setdefault(name, [])
            if value not in known and len(known) < MOST_KNOWN:
                known.append(value)


def _operations(document: dict[str, Any]) -> list[Operation]:
    """What a document describes, reading first: its answers give ids to what is written."""
    found: list[Operation] = []
    for each in schemathesis.openapi.from_dict(document, config=CONFIG).get_all_operations():
        if isinstance(each, Err):
            raise each.err()
        found.append(each.ok())
    return sorted(found, key=lambda operation: (operation.method != "get", operation.label))


def _good_body(case: Case[Any]) -> dict[str, Any] | None:
    """What `ROUTES` sends there."""
    for route in ROUTES:
        if route.method == case.method and compile_path(case.operation.path)[0].match(route.path):
            return dict(route.body)
    return None


def _texts(body: object) -> Iterator[tuple[str, str]]:
    if isinstance(body, dict):
        for name, value in body.items():
            if isinstance(value, str):
                yield name, value
            else:
                yield from _texts(value)
    elif isinstance(body, list):
        for value in body:
            yield from _texts(value)
