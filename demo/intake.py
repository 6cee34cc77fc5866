"""The HTTP interfaces of the regions, as citizens, employers, officers and laboratories use them."""

import asyncio
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec

from demo.http import Answer, Client
from demo.identity import DemoIdentity
from demo.population import Person
from demo.settings import DemoError
from healthcode.values import Category, Level, TestKind, TestResult

BATCH_LINES: Final = 1000
TRIES: Final = 10
BULK_LINES: Final = 5000
NDJSON: Final = "application/x-ndjson"
AUTHORITIES: Final = {"100000": "国家疾控中心", "330000": "浙江省疾控中心", "420000": "湖北省疾控中心"}
LABORATORY: Final = "第三方检验所"
NO_HEADERS: Final[Mapping[str, str]] = {}
PROMISED: Final[dict[str, Any]] = {"temperature": 36.5, "symptoms": [], "contact": False, "promise": True}


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a control list that an officer makes."""

    person: Person
    category: Category
    valid_from: datetime
    valid_until: datetime | None = None


class Intake:
    """Sends; raises DemoError that says what was refused, and why."""

    def __init__(self, urls: Mapping[str, str], identity: DemoIdentity) -> None:
        self._clients = {region: Client(url) for region, url in urls.items()}
        self._identity = identity
        self._tokens: dict[str, str] = {}

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.close()

    async def declare(self, person: Person, health: Mapping[str, Any] = PROMISED) -> str:
        """A person declares for themselves; the declaration's id."""
        body = {"basic": person.basic, "health": dict(health)}
        return str((await self._citizen(person, "/v1/declarations", body))["id"])

    async def confirm(self, person: Person, declaration: str) -> str:
        """A person confirms what the employer declared; the confirmation's id."""
        path = f"/v1/declarations/{declaration}/confirmation"
        return str((await self._citizen(person, path, {"agreed": True}))["id"])

    async def check_in(self, person: Person, temperature: float = 36.4) -> str:
        """A person checks in for today; the check-in's id."""
        body = {"temperature": temperature, "symptoms": []}
        return str((await self._citizen(person, "/v1/check-ins", body))["id"])

    async def travel(self, person: Person, destination: str, area: str, since: date, until: date) -> str:
        """A person declares a trip into a region; the trip's id."""
        body = {"destination": destination, "area": area, "since": since.isoformat(), "until": until.isoformat()}
        return str((await self._citizen(person, "/v1/trips", body))["id"])

    async def batch(self, region: str, employer: str, lines: Sequence[Mapping[str, Any]]) -> list[str]:
        """An employer's batch; the ids of its lines in order. All lines have to be accepted."""
        token = self._token(region, employer, ["employer"])
        answer = await self._send(region, "/v1/batches", token, lines)
        if answer["refused"]:
            raise DemoError(f"Region {region} refused {answer['refused']} lines of a batch: {answer['errors'][:3]}")
        receipts: dict[str, str] = answer["receipts"]
        return [receipts[str(number)] for number in range(1, len(lines) + 1)]

    async def enter(self, region: str, entries: Iterable[Entry]) -> list[str]:
        """An officer makes entries of the region's control list, many at once; their ids."""
        lines = [
            {
                "person": entry.person.document,
                "category": entry.category.value,
                "valid_from": entry.valid_from.isoformat(),
                "valid_until": entry.valid_until and entry.valid_until.isoformat(),
                "evidence": "疾控〔2020〕17号",
            }
            for entry in entries
        ]
        answer = await self._send(region, "/v1/lists/entries/bulk", self._officer(region), lines)
        if answer["refused"]:
            raise DemoError(f"Region {region} refused entries of its control list: {answer['refused'][:3]}")
        return [str(line["entry"]) for line in answer["accepted"]]

    async def test(self, region: str, people: Iterable[Person], sampled_at: datetime) -> None:
        """A laboratory reports negative tests of people, many at once."""
        lines = [
            {
                "person": person.document,
                "kind": TestKind.PCR.value,
                "result": TestResult.NEGATIVE.value,
                "sampled_at": sampled_at.isoformat(),
                "evidence": "核酸检测报告",
            }
            for person in people
        ]
        token = self._token(region, f"laboratory-{region}", ["laboratory"], authority=LABORATORY)
        answer = await self._send(region, "/v1/tests/bulk", token, lines)
        if answer["refused"]:
            raise DemoError(f"Region {region} refused tests: {answer['refused'][:3]}")

    async def set_level(self, region: str, area: str, level: Level, since: datetime, until: datetime | None) -> None:
        """An officer proposes the risk level of an area, and another one approves it."""
        body = {
            "why": "防控指挥部会议决定，见通告",
            "area": area,
            "level": level.value,
            "valid_from": since.isoformat(),
            "valid_until": until and until.isoformat(),
            "evidence": "防控指挥部通告〔2020〕3号",
        }
        proposal = await self._send(region, "/v1/areas", self._officer(region), body)
        await self._send(region, f"/v1/proposals/{proposal['id']}/approval", self._officer(region, "second"), {})

    async def time_of(self, region: str) -> datetime:
        """What time a region says it is."""
        status = _decode(await self._ask(region, "GET", "/v1/status-lists/20200211-0", ""))
        return datetime.fromisoformat(status["issued_at"])

    async def watches(self, person: Person) -> list[dict[str, Any]]:
        """Which regions are told of a person's color: `{"handle", "destination", …}` each."""
        found = await self._ask(person.region, "GET", "/v1/me/watches", self._citizen_token(person))
        return list(_decode(found)["items"])

    async def own_code(self, person: Person, language: str = "zh") -> dict[str, Any]:
        """A person's own code: color, reasons, way out."""
        answer = await self._ask(person.region, "GET", "/v1/me/code", self._citizen_token(person), language=language)
        return dict(_decode(answer))

    async def picture(self, person: Person, language: str = "zh") -> str:
        """The QR code of a person's fresh credential, as SVG."""
        token = self._citizen_token(person)
        return (await self._ask(person.region, "GET", "/v1/me/code.svg", token, language=language)).decode()

    async def _citizen(self, person: Person, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return await self._send(person.region, path, self._citizen_token(person), body)

    async def _send(
        self, region: str, path: str, token: str, body: Mapping[str, Any] | Sequence[Any]
    ) -> dict[str, Any]:
        """POST an object as JSON, or a sequence of them as NDJSON."""
        many = isinstance(body, Sequence)
        content = b"\n".join(_encode(line) for line in body) if many else _encode(body)
        headers = {"content-type": NDJSON if many else "application/json", "idempotency-key": uuid.uuid4().hex}
        return dict(_decode(await self._ask(region, "POST", path, token, content, headers)))

    async def _ask(
        self,
        region: str,
        method: str,
        path: str,
        token: str,
        content: bytes = b"",
        headers: Mapping[str, str] = NO_HEADERS,
        *,
        language: str = "en",
    ) -> bytes:
        asked = {"accept-language": language, **({"authorization": f"Bearer {token}"} if token else {}), **headers}
        try:
            answer = await self._patiently(region, method, path, asked, content)
        except OSError as error:
            raise DemoError(f"Region {region} did not answer {method} {path}: {error!r}") from error
        if answer.status >= HTTPStatus.BAD_REQUEST:
            text = answer.body.decode(errors="replace")
            raise DemoError(f"Region {region} answered {method} {path} with {answer.status}: {text}")
        return answer.body

    async def _patiently(
        self, region: str, method: str, path: str, headers: Mapping[str, str], content: bytes
    ) -> Answer:
        """Ask, and again when the region says that this is too much now, a few times."""
        for _ in range(TRIES):
            answer = await self._clients[region].request(method, path, headers, content)
            if answer.retry_after is None:
                return answer
            await asyncio.sleep(answer.retry_after)
        return await self._clients[region].request(method, path, headers, content)

    def _citizen_token(self, person: Person) -> str:
        return self._token(
            person.region, person.sub, ["citizen"], id_type="resident_id", id_number=person.id_number, name=person.name
        )

    def _officer(self, region: str, which: str = "first") -> str:
        """A verified person of the region's authority."""
        sub = f"officer-{which}-{region}"
        return self._token(region, sub, ["officer"], authority=AUTHORITIES[region], person=f"person-{sub}")

    def _token(self, region: str, sub: str, roles: list[str], **claims: Any) -> str:
        key = f"{region}/{sub}"
        if key not in self._tokens:
            self._tokens[key] = self._identity.token(sub, roles=roles, region=region, **claims)
        return self._tokens[key]
