"""The HTTP interfaces of the regions, as citizens, employers, officers and laboratories use them."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import httpx

from demo.identity import DemoIdentity
from demo.population import Person
from demo.settings import DemoError
from healthcode.values import Category, Level

BATCH_LINES: Final = 1000
BULK_LINES: Final = 5000
CONNECTIONS: Final = 24
NDJSON: Final = "application/x-ndjson"
AUTHORITIES: Final = {"100000": "国家疾控中心", "330000": "浙江省疾控中心", "420000": "湖北省疾控中心"}
PROMISED: Final[dict[str, Any]] = {"temperature": 36.5, "symptoms": [], "contact": False, "promise": True}


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
        self._urls = urls
        self._identity = identity
        self._tokens: dict[str, str] = {}
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        self._client = httpx.AsyncClient(timeout=60.0, limits=limits, trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def declare(self, person: Person, health: Mapping[str, Any] = PROMISED) -> str:
        """A person declares for themselves; the declaration's id."""
        body = {"basic": person.basic, "health": dict(health)}
        return str((await self._citizen(person, "POST", "/v1/declarations", body)).json()["id"])

    async def confirm(self, person: Person, declaration: str) -> str:
        """A person confirms what the employer declared; the confirmation's id."""
        path = f"/v1/declarations/{declaration}/confirmation"
        return str((await self._citizen(person, "POST", path, {"agreed": True})).json()["id"])

    async def check_in(self, person: Person, temperature: float = 36.4) -> str:
        """A person checks in for today; the check-in's id."""
        body = {"temperature": temperature, "symptoms": []}
        return str((await self._citizen(person, "POST", "/v1/check-ins", body)).json()["id"])

    async def travel(self, person: Person, destination: str, area: str, since: date, until: date) -> str:
        """A person declares a trip into a region; the trip's id."""
        body = {"destination": destination, "area": area, "since": since.isoformat(), "until": until.isoformat()}
        return str((await self._citizen(person, "POST", "/v1/trips", body)).json()["id"])

    async def batch(self, region: str, employer: str, lines: Sequence[Mapping[str, Any]]) -> list[str]:
        """An employer's batch; the ids of its lines in order. All lines have to be accepted."""
        token = self._token(region, employer, ["employer"])
        answer = (await self._send(region, "POST", "/v1/batches", token, lines=lines)).json()
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
        answer = (await self._send(region, "POST", "/v1/lists/entries/bulk", self._officer(region), lines=lines)).json()
        if answer["refused"]:
            raise DemoError(f"Region {region} refused entries of its control list: {answer['refused'][:3]}")
        return [str(line["entry"]) for line in answer["accepted"]]

    async def set_level(self, region: str, area: str, level: Level, since: datetime, until: datetime | None) -> None:
        """An officer sets the risk level of an area."""
        body = {
            "area": area,
            "level": level.value,
            "valid_from": since.isoformat(),
            "valid_until": until and until.isoformat(),
            "evidence": "防控指挥部通告〔2020〕3号",
        }
        await self._send(region, "POST", "/v1/areas", self._officer(region), body)

    async def own_code(self, person: Person, language: str = "zh") -> dict[str, Any]:
        """A person's own code: color, reasons, way out."""
        token = self._citizen_token(person)
        response = await self._send(person.region, "GET", "/v1/me/code", token, language=language)
        return dict(response.json())

    async def picture(self, person: Person, language: str = "zh") -> str:
        """The QR code of a person's fresh credential, as SVG."""
        token = self._citizen_token(person)
        return (await self._send(person.region, "GET", "/v1/me/code.svg", token, language=language)).text

    async def _citizen(self, person: Person, method: str, path: str, body: Mapping[str, Any]) -> httpx.Response:
        return await self._send(person.region, method, path, self._citizen_token(person), body)

    async def _send(
        self,
        region: str,
        method: str,
        path: str,
        token: str,
        body: Mapping[str, Any] | None = None,
        *,
        lines: Sequence[Mapping[str, Any]] | None = None,
        language: str = "en",
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        content = None
        if lines is not None:
            headers |= {"Content-Type": NDJSON}
            content = b"\n".join(json.dumps(line, ensure_ascii=False).encode() for line in lines)
        elif body is not None:
            headers |= {"Content-Type": "application/json"}
            content = json.dumps(body, ensure_ascii=False).encode()
        if content is not None:
            headers |= {"Idempotency-Key": uuid.uuid4().hex}
        try:
            response = await self._client.request(method, self._urls[region] + path, content=content, headers=headers)
        except httpx.TransportError as error:
            raise DemoError(f"Region {region} did not answer {method} {path}: {error!r}") from error
        if response.is_error:
            raise DemoError(f"Region {region} answered {method} {path} with {response.status_code}: {response.text}")
        return response

    def _citizen_token(self, person: Person) -> str:
        return self._token(
            person.region, person.sub, ["citizen"], id_type="resident_id", id_number=person.id_number, name=person.name
        )

    def _officer(self, region: str) -> str:
        return self._token(region, f"officer-{region}", ["officer"], authority=AUTHORITIES[region])

    def _token(self, region: str, sub: str, roles: list[str], **claims: Any) -> str:
        key = f"{region}/{sub}"
        if key not in self._tokens:
            self._tokens[key] = self._identity.token(sub, roles=roles, region=region, **claims)
        return self._tokens[key]
