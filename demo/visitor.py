"""`python -m demo.visitor`: one made-up person of a new region, from the declaration to another color in a neighbor.

Needs what `python -m demo.newcomer` has started, and its `live.env` read into the shell.
"""

import os
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import httpx

from demo.settings import DemoError
from healthcode.identity import check_digit

SECONDS: Final = 60.0
PAUSE: Final = 0.02
NEEDED: Final = ("REGION", "REGION_CODE", "NEIGHBOR", "NEIGHBOR_CODE", "IDENTITY")


class Visitor:
    """One person, and the officers and checkpoints that they meet."""

    def __init__(self, place: dict[str, str], say: Callable[[str], None]) -> None:
        """`place`: the variables of live.env."""
        self._place = place
        self._say = say
        self._http = httpx.Client(timeout=SECONDS)
        self._tokens: dict[str, str] = {}
        first = f"{place['REGION_CODE'][:2]}0105{date(1990, 1, 1):%Y%m%d}{random.randrange(1, 1000):03}"  # noqa: S311 - made up
        self._document = {"id_type": "resident_id", "id_number": first + check_digit(first)}

    def go(self) -> None:
        """The whole story. Raises DemoError where it does not go on."""
        self._declare()
        color, took = self._until(lambda: self._mine("/v1/me/code").get("color"), lambda found: found != "pending")
        self._say(f"declared in {self._place['REGION_CODE']}: {color} after {took:.2f} s")
        self._travel()
        items, took = self._until(lambda: self._mine("/v1/me/watches").get("items"), bool)
        self._say(f"trip to {self._place['NEIGHBOR_CODE']} declared: it is told of every change, after {took:.2f} s")
        handle = items[0]["handle"]
        guest, took = self._until(lambda: self._guest(handle), lambda found: found.get("color") == color)
        self._say(f"guest in {self._place['NEIGHBOR_CODE']}: {guest['color']} by {guest['rule']}, after {took:.2f} s")
        self._list()
        red, took = self._until(lambda: self._mine("/v1/me/code").get("color"), lambda found: found != color)
        self._say(f"listed as a patient: {red} at home after {took:.2f} s")
        guest, more = self._until(lambda: self._guest(handle), lambda found: found.get("color") != guest["color"])
        told = f"{guest['color']} by {guest['rule']}, after {took + more:.2f} s"
        self._say(f"recolored in {self._place['NEIGHBOR_CODE']}: {told}")

    def _declare(self) -> None:
        basic = {"name": "测试", **self._document, "phone": "13900000001", "address": "海府路1号"}
        residence = f"{self._place['REGION_CODE'][:2]}0105"
        health = {"temperature": 36.5, "symptoms": [], "contact": False, "stays": [], "promise": True}
        self._send("/v1/declarations", {"basic": {**basic, "residence": residence}, "health": health})

    def _travel(self) -> None:
        code, today = self._place["NEIGHBOR_CODE"], datetime.now(UTC).date()
        days = {"since": str(today), "until": str(today + timedelta(days=5))}
        self._send("/v1/trips", {"destination": code, "area": code, **days})

    def _list(self) -> None:
        since = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
        entry = {"person": self._document, "category": "confirmed", "evidence": "疾控〔2020〕17号", "valid_from": since}
        self._send("/v1/lists/entries", entry, "officer", person="p-1", authority=f"{self._place['REGION_CODE']}-cdc")

    def _guest(self, handle: str) -> dict[str, Any]:
        token = self._token("checkpoint", self._place["NEIGHBOR_CODE"])
        return self._get(f"{self._place['NEIGHBOR']}/v1/guests/{handle}", token)

    def _mine(self, path: str) -> dict[str, Any]:
        return self._get(self._place["REGION"] + path, self._token("citizen", self._place["REGION_CODE"]))

    def _get(self, url: str, token: str) -> dict[str, Any]:
        """What is there; nothing where there is nothing yet."""
        answer = self._http.get(url, headers={"authorization": f"Bearer {token}"})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return {}
        return self._checked(answer)

    def _send(self, path: str, body: dict[str, Any], role: str = "citizen", **claims: str) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self._token(role, self._place['REGION_CODE'], **claims)}"}
        return self._checked(self._http.post(self._place["REGION"] + path, json=body, headers=headers))

    def _token(self, role: str, region: str, **claims: str) -> str:
        if role not in self._tokens:
            persona = {"sub": f"{role}-{region}", "roles": [role], "region": region, **claims}
            if role == "citizen":
                persona |= {"name": "测试", **self._document}
            answer = self._checked(self._http.post(self._place["IDENTITY"] + "/token", json=persona))
            self._tokens[role] = str(answer["access_token"])
        return self._tokens[role]

    @staticmethod
    def _checked(answer: httpx.Response) -> dict[str, Any]:
        if not answer.is_success:
            raise DemoError(f"{answer.request.url} answered {answer.status_code}: {answer.text[:500]}")
        found: dict[str, Any] = answer.json()
        return found

    @staticmethod
    def _until(ask: Callable[[], Any], right: Callable[[Any], bool]) -> tuple[Any, float]:
        """What it is once it is so, and the seconds that it took. Raises DemoError after a minute."""
        began = time.monotonic()
        found = ask()
        while found is None or not right(found):
            if time.monotonic() - began > SECONDS:
                raise DemoError(
                    f"Nothing came of it in {SECONDS:.0f} s; the last answer was {found}. Is the region a member?"
                )
            time.sleep(PAUSE)
            found = ask()
        return found, time.monotonic() - began


def main() -> None:
    """The command line."""
    missing = [name for name in NEEDED if name not in os.environ]
    if missing:
        sys.exit(f"{', '.join(missing)}: missing; read live.env into the shell first: `. .data/region/live.env`")
    try:
        Visitor({name: os.environ[name] for name in NEEDED}, print).go()
    except (DemoError, httpx.HTTPError) as fault:
        sys.exit(f"{type(fault).__name__}: {fault}" if isinstance(fault, httpx.HTTPError) else str(fault))


if __name__ == "__main__":
    main()
