"""A client that follows people's codes while its service is killed: what it heard, and what it should have heard."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from healthcode.envelope import decode
from healthcode.events import CodeChanged, CodeShared
from healthcode.values import Shared
from tests.support import topics
from tests.support.callers import caller, citizen, subject
from tests.support.clients import APPLICATION, terms
from tests.support.database import rows
from tests.support.polling import eventually
from tests.support.region import RegionProcesses

PROCESSES: Final = {
    "subscription.worker": ("services.subscription", "worker", "timer"),
    "subscription.relay": ("services.subscription", "relay"),
}
SECONDS: Final = 120


@dataclass
class Follower:
    """A client, and who agreed: by the name it has of them, the subject and the code's version just after."""

    region: RegionProcesses
    account: str
    client: str = ""
    agreed: dict[str, tuple[str, int]] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)

    @property
    def topic(self) -> str:
        """The client's own."""
        return f"hc.{self.region.region}.clients.{self.client}.codes.v1"

    def let_in(self) -> "Follower":
        """It applies, two officers agree, and the timer makes its topic."""
        gate = caller(self.region, "integrator", sub=self.account, client_id=self.account)
        self.client = _good(gate.post("/v1/clients", json=APPLICATION))["client"]
        one, other = caller(self.region, "officer"), caller(self.region, "officer", sub="officer-2", person="person-2")
        path = f"/v1/clients/{self.client}/proposals"
        asked = _good(one.post(path, json=terms()))["proposal"]
        _good(other.post(f"{path}/{asked}/approval", json={}))
        eventually("a client that is let in", lambda: gate.get("/v1/clients/own").json()["state"] == "active", SECONDS)
        return self

    def agree(self, people: Sequence[int]) -> None:
        """These let it see their codes."""
        until = (datetime.now(UTC) + timedelta(days=9)).isoformat()
        for index in people:
            person = citizen(self.region, index)
            name = _good(person.put(f"/v1/me/clients/{self.client}", json={"until": until}))["subject"]
            code = person.get("/v1/me/code")
            version = int(code.json()["version"].partition(".")[2]) if code.is_success else 1
            self.agreed[name] = subject(self.region, index), version

    def take_back(self, people: Sequence[int]) -> None:
        """These do no longer."""
        for index in people:
            person = citizen(self.region, index)
            mine = _good(person.get("/v1/me/clients"))["items"]
            self.over |= {each["subject"] for each in mine if each["client"] == self.client}
            assert person.delete(f"/v1/me/clients/{self.client}").is_success

    def until_told(self) -> None:
        """Wait until the service has read all codes, and all its words are out."""
        codes = f"hc.{self.region.region}.codes.v1"

        def done() -> bool:
            found = rows(self.region.database_url)
            stored = {(r["topic"], r["partition"]): r["next_offset"] for r in found["subscription.stream_offset"]}
            ends = topics.ends(self.region.environment["KAFKA_BOOTSTRAP"], [codes])
            return not found["subscription.outbox"] and all(stored.get(at) == end for at, end in ends.items() if end)

        eventually("a client that was told everything", done, SECONDS)

    def heard(self) -> list[CodeShared]:
        """All that is committed on its topic."""
        return [event for event in self._read(self.topic) if isinstance(event, CodeShared)]

    def wrong(self) -> list[str]:
        """Of each person: a word that is lost, doubled or out of turn; empty when all is well."""
        words, codes = self._words(), self._codes()
        return [
            f"{name}: {fault}"
            for name, (whose, version) in self.agreed.items()
            if (fault := fault_of(words[name], codes[whose], version, over=name in self.over))
        ]

    def _words(self) -> dict[str, list[CodeShared]]:
        found: defaultdict[str, list[CodeShared]] = defaultdict(list)
        for event in self.heard():
            found[event.subject].append(event)
        assert found.keys() <= self.agreed.keys(), "it was told of somebody who did not agree"
        return found

    def _codes(self) -> dict[str, list[CodeChanged]]:
        found: defaultdict[str, list[CodeChanged]] = defaultdict(list)
        for event in self._read(f"hc.{self.region.region}.codes.v1"):
            if isinstance(event, CodeChanged):
                found[event.subject].append(event)
        return found

    def _read(self, topic: str) -> list[Any]:
        records = topics.read(self.region.environment["KAFKA_BOOTSTRAP"], [topic])
        return [decode(record.headers, record.value, record.key) for record in records]


def fault_of(words: Sequence[CodeShared], codes: Sequence[CodeChanged], version: int, *, over: bool) -> str | None:
    """What is wrong with the words of one person, whose code had that version, or an earlier one, when they began."""
    if [word.version for word in words] != list(range(1, len(words) + 1)):
        return f"versions {[word.version for word in words]}"
    if over:
        if len(words) < 2 or words[-1].shared is not Shared.ENDED:
            return "nobody said that it is over"
        words = words[:-1]
    if any(word.shared is not (Shared.CHANGED if n else Shared.SNAPSHOT) for n, word in enumerate(words)):
        return f"words {[word.shared.value for word in words]}"
    said, all_colors = [word.color for word in words], [code.color for code in codes]
    starts = range(version) if over else [len(codes) - len(words)]
    if any(0 <= at < version and all_colors[at : at + len(said)] == said for at in starts):
        return None
    return f"told {said}, of {all_colors} from version {version} on"


def _good(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found
