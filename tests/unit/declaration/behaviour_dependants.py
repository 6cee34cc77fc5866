"""What dependants promise, over whatever stores `office` has."""

from typing import Any

import pytest

from healthcode.events import CheckInAccepted, DeclarationAccepted, TripDeclared
from healthcode.values import Attestation, Color
from services.declaration.domain.dependant import MOST_DEPENDANTS
from services.declaration.domain.statement import Audited, Cause
from services.declaration.handlers.statement import record
from tests.unit.declaration.office import CHILD, HONG, MING, Office, basic, declaration, document, number, subject

TRIP = {"destination": "420000", "area": "420100", "since": "2020-02-12"}


async def register(
    office: Office, id_number: str = CHILD, until: str = "2023-02-11", by: str = MING, **changes: Any
) -> str:
    """The id of a registration that has to succeed, Ming's unless somebody else is named."""
    body = {"basic": basic(id_number, name="王小小"), "relation": "child", "until": until} | changes
    answer = await office.http.post("/v1/dependants", json=body, headers=office.citizen(by))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


class DependantBehaviour:
    """Run by a test class that brings an `office`."""

    async def test_a_guardian_speaks_for_a_dependant(self, office: Office) -> None:
        ident = await register(office)
        body = declaration(CHILD) | {"for": ident}
        assert (await office.http.post("/v1/declarations", json=body, headers=office.citizen())).status_code == 202
        body = {"symptoms": [], "for": ident}
        assert (await office.http.post("/v1/check-ins", json=body, headers=office.citizen())).status_code == 202
        assert (await office.http.post("/v1/trips", json=TRIP | {"for": ident}, headers=office.citizen())).is_success
        events = await office.published()
        assert [type(event) for event in events] == [DeclarationAccepted, CheckInAccepted, TripDeclared]
        assert {event.key for event in events} == {subject(CHILD)}
        assert {event.attestation for event in events} == {Attestation.GUARDIAN}  # type: ignore[attr-defined]  # all three have it

    async def test_nobody_else_speaks_under_it_nor_after_its_end(self, office: Office) -> None:
        ident = await register(office, until="2020-02-11")
        body = {"symptoms": [], "for": ident}
        stranger = await office.http.post("/v1/check-ins", json=body, headers=office.citizen(HONG))
        assert stranger.json()["errors"] == [
            {
                "code": "no_such_dependant",
                "detail": "You have no dependant of that id whose consent still counts.",
                "pointer": "#/for",
            }
        ]
        assert (await office.http.post("/v1/check-ins", json=body, headers=office.citizen())).status_code == 202
        office.pass_time(days=1)
        ended = await office.http.post("/v1/check-ins", json=body, headers=office.citizen())
        assert ended.json()["errors"][0]["pointer"] == "#/for"

    async def test_the_document_must_be_the_dependants(self, office: Office) -> None:
        ident = await register(office)
        body = declaration(HONG) | {"for": ident}
        answer = await office.http.post("/v1/declarations", json=body, headers=office.citizen())
        assert answer.json()["errors"][0]["code"] == "not_the_dependant"
        both = {"symptoms": [], "for": ident, "person": document(CHILD)}
        answer = await office.http.post("/v1/check-ins", json=both, headers=office.citizen())
        assert answer.json()["errors"][0]["code"] == "person_and_for"

    async def test_the_list_is_the_guardians_own_and_masked(self, office: Office) -> None:
        first = await register(office, until="2020-02-11")
        office.pass_time(days=1)
        second = await register(office, HONG, relation="parent")
        items = (await office.http.get("/v1/dependants", headers=office.citizen())).json()["items"]
        assert [(item["id"], item["name"], item["ended"]) for item in items] == [
            (first, "王**", True),
            (second, "王**", False),
        ]
        assert await register(office) == first
        assert (await office.http.get("/v1/dependants", headers=office.citizen(HONG))).json() == {"items": []}

    async def test_the_list_shows_what_its_guardian_wrote_and_not_what_is_known_of_the_person(
        self, office: Office
    ) -> None:
        await office.declared(declaration(HONG), office.citizen(HONG))
        await register(office, HONG, basic=basic(HONG, name="某某"))
        items = (await office.http.get("/v1/dependants", headers=office.citizen())).json()["items"]
        assert [item["name"] for item in items] == ["某*"]
        async with office.units.begin() as unit:
            assert await unit.people.destroy(subject(HONG))
        items = (await office.http.get("/v1/dependants", headers=office.citizen())).json()["items"]
        assert [item["name"] for item in items] == [None]

    @pytest.mark.parametrize("first", ["registered", "declared"])
    async def test_nobody_becomes_the_guardian_of_who_declares_for_themselves(self, office: Office, first: str) -> None:
        if first == "declared":
            await office.declared(declaration(HONG), office.citizen(HONG))
        ident = await register(office, HONG, relation="other")
        if first == "registered":
            await office.declared(declaration(HONG), office.citizen(HONG))
        answers = [
            await office.http.post(path, json=body | {"for": ident}, headers=office.citizen())
            for path, body in (
                ("/v1/declarations", declaration(HONG, symptoms=["fever"])),
                ("/v1/check-ins", {"symptoms": []}),
                ("/v1/trips", TRIP),
            )
        ]
        assert [answer.json()["attestation"] for answer in answers] == ["other"] * 3
        cause = answers[1].json()["id"]
        async with office.units.begin() as unit:
            await record(unit, [Cause(cause, Audited("f1", Color.RED, office.clock.now()))])
        stages = (await office.receipt(cause, office.citizen())).json()["stages"]
        assert stages["audited"]["color"] is None
        contested = await office.http.post(
            f"/v1/declarations/{cause}/confirmation", json={"agreed": False}, headers=office.citizen(HONG)
        )
        assert contested.status_code == 202

    async def test_whom_a_counter_declared_for_still_has_a_guardian(self, office: Office) -> None:
        ident = await register(office)
        await office.declared(declaration(CHILD), office.counter())
        body = {"symptoms": [], "for": ident}
        answer = await office.http.post("/v1/check-ins", json=body, headers=office.citizen())
        assert answer.json()["attestation"] == "guardian"

    @pytest.mark.parametrize(
        ("changes", "code", "pointer"),
        [
            ({"until": "2020-02-10"}, "in_past", "#/until"),
            ({"until": "2025-02-12"}, "consent_too_long", "#/until"),
            ({"basic": basic(MING)}, "own_document", "#/basic/id_number"),
            ({"relation": "friend"}, "enum", "#/relation"),
        ],
    )
    async def test_what_breaks_a_rule_is_refused(
        self, office: Office, changes: dict[str, Any], code: str, pointer: str
    ) -> None:
        body = {"basic": basic(CHILD), "relation": "child", "until": "2025-02-11"} | changes
        answer = await office.http.post("/v1/dependants", json=body, headers=office.citizen())
        assert [(error["code"], error["pointer"]) for error in answer.json()["errors"]] == [(code, pointer)]

    async def test_there_is_a_limit(self, office: Office) -> None:
        for serial in range(MOST_DEPENDANTS):
            await register(office, number(100 + serial))
        await register(office, number(100))
        body = {"basic": basic(number(99)), "relation": "child", "until": "2023-02-11"}
        answer = await office.http.post("/v1/dependants", json=body, headers=office.citizen())
        assert (answer.status_code, answer.json()["code"]) == (409, "3102")

    async def test_only_the_verified_have_dependants(self, office: Office) -> None:
        answer = await office.http.get("/v1/dependants", headers=office.citizen(None))
        assert (answer.status_code, answer.json()["code"]) == (403, "2101")
