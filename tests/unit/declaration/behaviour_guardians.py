"""Who may show a person's code, over whatever stores `office` has."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from healthcode.events import GuardianshipChanged
from tests.unit.declaration.behaviour_dependants import register
from tests.unit.declaration.office import (
    CHILD,
    HONG,
    MING,
    Office,
    basic,
    declaration,
    document,
    number,
    subject,
)

SEEN = {"guardian": document(MING), "dependant": document(CHILD), "evidence": "户口簿 1", "until": "2020-08-11"}


async def post(office: Office, path: str, who: dict[str, str], body: dict[str, Any] | None = None) -> httpx.Response:
    return await office.http.post(f"/v1/guardians/{path}", json=body, headers=who)


async def told(office: Office) -> list[GuardianshipChanged]:
    return [event for event in await office.published() if isinstance(event, GuardianshipChanged)]


class GuardianBehaviour:
    """Run by a test class that brings an `office`."""

    async def test_a_registration_alone_shows_nothing(self, office: Office) -> None:
        await register(office)
        assert await told(office) == []
        item = (await office.http.get("/v1/dependants", headers=office.citizen())).json()["items"][0]
        assert (item["basis"], item["shown_until"]) == (None, None)

    async def test_the_person_agrees_to_an_end(self, office: Office) -> None:
        ident = await register(office, HONG, relation="parent")
        answer = await post(office, f"{ident}/consent", office.citizen(HONG), {"until": "2020-02-12"})
        assert (answer.status_code, answer.json()["shown_until"]) == (200, "2020-02-12")
        event = (await told(office))[0]
        assert (event.subject, event.guardian, event.guardianship) == (subject(HONG), subject(MING), ident)
        assert event.until is not None
        assert event.until.astimezone(UTC) == datetime(2020, 2, 12, 16, tzinfo=UTC)
        office.pass_time(days=2)
        items = (await office.http.get("/v1/guardians", headers=office.citizen(HONG))).json()["items"]
        assert [(item["id"], item["basis"], item["shown_until"]) for item in items] == [(ident, "consent", None)]

    async def test_the_person_sees_all_guardians_by_their_masked_names(self, office: Office) -> None:
        others = [number(n) for n in (11, 12, 13)]
        for who, name in zip((MING, *others), ("王小明", "李四", "欧阳五", None), strict=True):
            if name is not None:
                body = declaration() | {"basic": basic(who, name=name)}
                await office.declared(body, office.citizen(who))
            await register(office, HONG, by=who, relation="parent")
        items = (await office.http.get("/v1/guardians", headers=office.citizen(HONG))).json()["items"]
        assert sorted(item["name"] or "" for item in items) == ["", "李*", "欧**", "王**"]
        assert (await office.http.get("/v1/guardians", headers=office.citizen(MING))).json()["items"] == []

    @pytest.mark.parametrize("who", [MING, CHILD])
    async def test_nobody_else_agrees(self, office: Office, who: str) -> None:
        ident = await register(office, HONG)
        answer = await post(office, f"{ident}/consent", office.citizen(who), {"until": "2020-02-12"})
        assert answer.status_code == 404
        assert await told(office) == []

    async def test_a_counter_that_saw_both_documents_vouches(self, office: Office) -> None:
        ident = await register(office)
        wrong = await post(office, f"{ident}/documents", office.counter(), SEEN | {"dependant": document(HONG)})
        assert wrong.status_code == 404
        stranger = await post(office, f"{ident}/documents", office.citizen(), SEEN)
        assert stranger.status_code == 403
        elsewhere = await post(office, f"{ident}/documents", office.counter("420000"), SEEN)
        assert elsewhere.status_code == 403
        answer = await post(office, f"{ident}/documents", office.counter(), SEEN)
        assert (answer.json()["basis"], answer.json()["shown_until"]) == ("documents", "2020-08-11")
        assert [event.version for event in await told(office)] == [2]

    @pytest.mark.parametrize("who", [MING, HONG])
    async def test_either_of_the_two_ends_it_at_once(self, office: Office, who: str) -> None:
        ident = await register(office, HONG, relation="parent")
        await post(office, f"{ident}/consent", office.citizen(HONG), {"until": "2020-02-20"})
        stranger = await post(office, f"{ident}/end", office.citizen(CHILD))
        assert stranger.status_code == 404
        ended = await post(office, f"{ident}/end", office.citizen(who))
        assert (ended.json()["ended"], ended.json()["shown_until"]) == (True, None)
        assert [(event.until is None, event.version) for event in await told(office)] == [(False, 2), (True, 3)]
        answer = await office.http.post("/v1/check-ins", json={"symptoms": [], "for": ident}, headers=office.citizen())
        assert answer.json()["errors"][0]["code"] == "no_such_dependant"

    async def test_a_shorter_registration_shortens_what_was_agreed(self, office: Office) -> None:
        ident = await register(office, HONG, relation="parent")
        await post(office, f"{ident}/consent", office.citizen(HONG), {"until": "2020-08-11"})
        assert await register(office, HONG, until="2020-03-01", relation="parent") == ident
        ends = [event.until for event in await told(office)]
        assert [end.astimezone(UTC) for end in ends if end] == [
            datetime(2020, 8, 11, 16, tzinfo=UTC),
            datetime(2020, 3, 1, 16, tzinfo=UTC),
        ]

    async def test_after_an_end_a_new_registration_needs_a_new_word(self, office: Office) -> None:
        ident = await register(office, HONG, relation="parent")
        await post(office, f"{ident}/consent", office.citizen(HONG), {"until": "2020-08-11"})
        await post(office, f"{ident}/end", office.citizen(HONG))
        assert await register(office, HONG, relation="parent") == ident
        assert [event.until is None for event in await told(office)] == [False, True]

    @pytest.mark.parametrize(
        ("until", "code"), [("2020-02-10", "in_past"), ("2023-02-12", "after_registration"), ("soon", "date_parsing")]
    )
    async def test_an_end_that_cannot_be(self, office: Office, until: str, code: str) -> None:
        ident = await register(office, HONG)
        answer = await post(office, f"{ident}/consent", office.citizen(HONG), {"until": until})
        assert [(error["code"], error["pointer"]) for error in answer.json()["errors"]] == [(code, "#/until")]
