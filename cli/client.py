"""The HTTP client: the answer, or an error in a sentence."""

import locale
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from cli.errors import AWAY, REFUSED, CliError

SECONDS: Final = 60.0
WAITS: Final = (0.5, 1.0, 2.0)
"""Seconds between tries while the server says that it is not ready; a write keeps its key."""


@dataclass(frozen=True)
class Server:
    """Where to ask, and as whom."""

    url: str
    token: str

    def get(self, path: str, **query: object) -> Any:
        """What a route answers; options that are None are left out. Raises CliError."""
        return self._ask("GET", path, params={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, **body: object) -> Any:
        """What a write answers; it is sent with a key of its own, so that a retry of the network does it once."""
        kept = {name: value for name, value in body.items() if value is not None}
        return self._ask("POST", path, json=kept, headers={"idempotency-key": uuid.uuid4().hex})

    def send(self, path: str, content: bytes, media: str, key: str, **query: object) -> Any:
        """What a route answers to lines that are sent; the same key again enters nothing twice."""
        given = {name: value for name, value in query.items() if value is not None}
        headers = {"content-type": media, "idempotency-key": key}
        return self._ask("POST", path, content=content, params=given, headers=headers)

    def put(self, path: str, **body: object) -> Any:
        """As `post`, for what is changed in its place."""
        kept = {name: value for name, value in body.items() if value is not None}
        return self._ask("PUT", path, json=kept, headers={"idempotency-key": uuid.uuid4().hex})

    def lines(self, path: str) -> Iterator[str]:
        """The lines of a long answer, as they come. Raises CliError."""
        headers = {"authorization": f"Bearer {self.token}", "accept-language": _language()}
        try:
            with httpx.stream("GET", f"{self.url}{path}", headers=headers, timeout=SECONDS) as answer:
                if not answer.is_success:
                    answer.read()
                    raise _refusal(answer)
                yield from answer.iter_lines()
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise _away(self.url, fault) from None

    def services(self, chosen: str | None) -> list[str]:
        """The chosen service, or all that this server has."""
        if chosen is not None:
            return [chosen]
        return list(self.get("/v1/ops")["services"])

    def _ask(self, method: str, path: str, headers: dict[str, str] | None = None, **given: Any) -> Any:
        every = {"authorization": f"Bearer {self.token}", "accept-language": _language(), **(headers or {})}
        transport = httpx.HTTPTransport(retries=2)
        try:
            with httpx.Client(base_url=self.url, headers=every, timeout=SECONDS, transport=transport) as client:
                answer = client.request(method, path, **given)
                for wait in WAITS:
                    if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                        break
                    time.sleep(wait)
                    answer = client.request(method, path, **given)
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise _away(self.url, fault) from None
        if answer.is_success:
            return answer.json()
        raise _refusal(answer)


def _away(url: str, fault: Exception) -> CliError:
    sentence = f"{url} does not answer ({type(fault).__name__}): check --url, and whether the service runs."
    return CliError(sentence, AWAY)


def _refusal(answer: httpx.Response) -> CliError:
    code = AWAY if answer.is_server_error else REFUSED
    try:
        problem = answer.json()
        sentence = f"{problem['title']}. {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return CliError(f"The server answered {answer.status_code}, and not as ours do: check --url.", code)
    for error in problem.get("errors", ()):
        sentence += f"\n  {error.get('pointer') or error.get('parameter')}: {error['detail']}"
    for name in ("position", "begin", "end"):
        if name in problem:
            sentence += f"\n  {name}: {problem[name]}"
    return CliError(f"{sentence}\n  ({answer.status_code}, {problem.get('instance', 'no instance')})", code)


def token_from(text: str | None, file: Path | None) -> str:
    """The token itself, or the one in a file. Raises CliError."""
    if text:
        return text.strip()
    if file is None:
        raise CliError("Say who you are: set HC_TOKEN, or --token-file (HC_TOKEN_FILE).", 2)
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise CliError(f"The token cannot be read from {file} ({type(fault).__name__}).", 2) from None


def _language() -> str:
    return "zh" if (locale.getlocale()[0] or "").startswith("zh") else "en"
