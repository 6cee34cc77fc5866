"""What declarations, check-ins, trips and receipts promise, over whatever stores `office` has."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from healthcode.events import CheckInAccepted, DeclarationAccepted, DeclarationConfirmed, TripDeclared
from healthcode.values import Attestation, Color, Symptom
from services.declaration.domain.statement import Audited, Cause, Coloured
from services.declaration.handlers.statement import record
from tests.unit.declaration.office import HONG, MING, Office, basic, declaration, document, subject

TRIP = {"destination": "420000", "area": "420100", "since": "2020-02-12", "until": "2020-02-16"}
DONE = datetime(2020, 2, 11, 1, 1, tzinfo=UTC)


class StatementBehaviour:
    """Run by a test class that brings an `office`."""

    async def test_a_declaration_is_published_as_declared_and_only_under_the_pseudonym(self, office: Office) -> None:
        stay = {"area": "420100", "since": "2020-01-24", "until": "2020-02-01"}
        abroad = {"country": "JP", "since": "2020-02-01", "until": "2020-02-03"}
        body = declaration(temperature=37.4, symptoms=["cough", "cough"], contact=True, stays=[stay, abroad])
        ident = await office.declared(body, office.citizen())
        (event,) = await office.published()
        assert isinstance(event, DeclarationAccepted)
        assert (event.id, event.subject, event.attestation) == (ident, subject(MING), Attestation.SELF)
        assert (event.temperature, event.symptoms, event.contact) == (37.4, (Symptom.COUGH,), True)
        assert [(s.area, s.country, s.since) for s in event.stays] == [
            ("420100", "CN", date(2020, 1, 24)),
            (None, "JP", date(2020, 2, 1)),
        ]
        for private in ("王小明", MING, "13800000000", "文三路"):
            assert private not in repr(event)

    async def test_personal_data_opens_for_its_person_alone_and_never_after_destruction(self, office: Office) -> None:
        await office.declared(declaration(), office.citizen())
        async with office.units.begin() as unit:
            sealed = (await unit.people.sealed([subject(MING)])).get(subject(MING))
        assert sealed is not None
        assert office.desk.vault.open(subject(MING), sealed).name == "王小明"
        with pytest.raises(ValueError, match="not this person's"):
            office.desk.vault.open(subject(HONG), sealed)
        async with office.units.begin() as unit:
            assert await unit.people.destroy(subject(MING))
        async with office.units.begin() as unit:
            assert await unit.people.sealed([subject(MING)]) == {}
            assert not await unit.people.destroy(subject(MING))

    async def test_a_strangers_word_does_not_overwrite_what_the_person_said(self, office: Office) -> None:
        await office.declared(declaration(), office.citizen())
        body = declaration() | {"basic": basic(name="别人")}
        await office.declared(body, office.citizen(HONG))
        async with office.units.begin() as unit:
            sealed = (await unit.people.sealed([subject(MING)])).get(subject(MING))
        assert sealed is not None
        assert office.desk.vault.open(subject(MING), sealed).name == "王小明"

    @pytest.mark.parametrize("who", ["self", "stranger", "unverified", "counter"])
    async def test_who_vouches_is_decided_by_the_login(self, office: Office, who: str) -> None:
        headers, expected = {
            "self": (office.citizen(MING), "self"),
            "stranger": (office.citizen(HONG), "other"),
            "unverified": (office.citizen(None), "other"),
            "counter": (office.counter(), "counter"),
        }[who]
        answer = await office.http.post("/v1/declarations", json=declaration(MING), headers=headers)
        assert (answer.status_code, answer.json()["attestation"]) == (202, expected)

    @pytest.mark.parametrize("region", ["420000", None])
    async def test_a_counter_of_another_region_or_of_none_may_not_vouch(
        self, office: Office, region: str | None
    ) -> None:
        answer = await office.http.post("/v1/declarations", json=declaration(), headers=office.counter(region))
        assert (answer.status_code, answer.json()["code"]) == (403, "2003")

    async def test_check_ins_are_of_the_regions_own_day_and_a_second_one_is_accepted(self, office: Office) -> None:
        office.pass_time(hours=16)  # after midnight in Hangzhou, not yet in Greenwich
        for temperature in (36.4, 37.9):
            body = {"temperature": temperature, "symptoms": ["none"]}
            answer = await office.http.post("/v1/check-ins", json=body, headers=office.citizen())
            assert answer.status_code == 202
        events = [event for event in await office.published() if isinstance(event, CheckInAccepted)]
        assert [(event.day, event.temperature, event.symptoms) for event in events] == [
            (date(2020, 2, 12), 36.4, ()),
            (date(2020, 2, 12), 37.9, ()),
        ]

    async def test_a_check_in_of_nobody_is_refused(self, office: Office) -> None:
        body: dict[str, Any] = {"symptoms": []}
        unverified = await office.http.post("/v1/check-ins", json=body, headers=office.citizen(None))
        assert (unverified.status_code, unverified.json()["code"]) == (403, "2101")
        counter = await office.http.post("/v1/check-ins", json=body, headers=office.counter())
        assert (counter.status_code, counter.json()["errors"][0]["pointer"]) == (422, "#/person")
        named = await office.http.post("/v1/check-ins", json=body | {"person": document()}, headers=office.counter())
        assert named.json()["attestation"] == "counter"

    async def test_a_trip_is_published(self, office: Office) -> None:
        answer = await office.http.post("/v1/trips", json=TRIP, headers=office.citizen())
        assert answer.status_code == 202
        (event,) = await office.published()
        assert isinstance(event, TripDeclared)
        assert (event.destination, event.area, event.since) == ("420000", "420100", date(2020, 2, 12))
        assert (event.until, event.attestation) == (date(2020, 2, 16), Attestation.SELF)

    async def test_the_person_confirms_what_a_stranger_declared_and_nobody_else(self, office: Office) -> None:
        ident = await office.declared(declaration(MING), office.citizen(HONG))
        path = f"/v1/declarations/{ident}/confirmation"
        assert (await office.http.post(path, json={"agreed": True}, headers=office.citizen(HONG))).status_code == 404
        answer = await office.http.post(path, json={"agreed": False}, headers=office.citizen(MING))
        assert answer.status_code == 202
        event = (await office.published())[-1]
        assert isinstance(event, DeclarationConfirmed)
        assert (event.id, event.subject) == (answer.json()["id"], subject(MING))
        assert (event.declaration, event.agreed) == (ident, False)
        mine = (await office.receipt(event.id, office.citizen(MING))).json()
        assert mine["kind"] == "confirmation"

    async def test_what_the_person_said_needs_no_confirmation(self, office: Office) -> None:
        ident = await office.declared(declaration(), office.citizen())
        path = f"/v1/declarations/{ident}/confirmation"
        answer = await office.http.post(path, json={"agreed": True}, headers=office.citizen())
        assert (answer.status_code, answer.json()["code"]) == (409, "3101")

    async def test_a_receipt_tells_each_stage_once(self, office: Office) -> None:
        ident = await office.declared(declaration(), office.citizen())
        causes = [
            Cause(ident, Audited("f1", Color.GREEN, DONE)),
            Cause(ident, Audited("f2", Color.RED, DONE + timedelta(days=1))),
            Cause(ident, Coloured(1, 7, Color.GREEN, DONE)),
            Cause("not-a-statement", Coloured(1, 8, Color.RED, DONE)),
        ]
        for _ in range(2):
            async with office.units.begin() as unit:
                await record(unit, causes)
        async with office.units.begin() as unit:
            await record(unit, [Cause(ident, Coloured(1, 9, Color.RED, DONE))])
        stages = (await office.receipt(ident, office.citizen())).json()["stages"]
        assert stages["audited"] == {"at": "2020-02-11T01:01:00Z", "finding": "f1", "color": "green"}
        assert stages["coloured"] == {"at": "2020-02-11T01:01:00Z", "incarnation": 1, "version": 7, "color": "green"}

    async def test_a_receipt_is_for_who_declared_and_whom_it_concerns(self, office: Office) -> None:
        ident = await office.declared(declaration(MING), office.citizen(HONG))
        async with office.units.begin() as unit:
            await record(unit, [Cause(ident, Coloured(1, 1, Color.RED, DONE))])
        stranger = (await office.receipt(ident, office.citizen(HONG))).json()
        assert stranger["stages"]["coloured"]["color"] is None
        person = (await office.receipt(ident, office.citizen(MING))).json()
        assert person["stages"]["coloured"]["color"] == "red"
        assert (await office.receipt(ident, office.citizen(None, "third"))).status_code == 404
        assert (await office.receipt("0" * 32, office.citizen(MING))).status_code == 404

    async def test_one_key_has_one_effect_and_one_answer(self, office: Office) -> None:
        headers = office.citizen() | {"Idempotency-Key": "k1"}
        answers = [await office.http.post("/v1/declarations", json=declaration(), headers=headers) for _ in range(2)]
        assert answers[0].content == answers[1].content
        assert [answer.headers.get("idempotent-replayed") for answer in answers] == [None, "true"]
        assert len(await office.published()) == 1
        other = await office.http.post("/v1/declarations", json=declaration(contact=True), headers=headers)
        assert (other.status_code, other.json()["code"]) == (422, "3005")

    async def test_what_was_accepted_before_midnight_keeps_its_answer_after_it(self, office: Office) -> None:
        headers = office.citizen() | {"Idempotency-Key": "k3"}
        body = declaration(stays=[{"area": "420100", "since": "2020-01-20", "until": "2020-01-28"}])
        first = await office.http.post("/v1/declarations", json=body, headers=headers)
        office.pass_time(hours=16)
        again = await office.http.post("/v1/declarations", json=body, headers=headers)
        assert (again.status_code, again.content) == (202, first.content)
        fresh = await office.http.post("/v1/declarations", json=body, headers=office.citizen())
        assert [error["code"] for error in fresh.json()["errors"]] == ["stay_too_old"]
        assert len(await office.published()) == 1

    async def test_a_key_is_new_again_after_a_day(self, office: Office) -> None:
        headers = office.citizen() | {"Idempotency-Key": "k4"}
        await office.http.post("/v1/declarations", json=declaration(), headers=headers)
        office.pass_time(hours=25)
        other = await office.http.post("/v1/declarations", json=declaration(contact=True), headers=headers)
        assert other.status_code == 202
        assert len(await office.published()) == 2

    async def test_a_refused_request_leaves_nothing_and_its_key_free(self, office: Office) -> None:
        headers = office.citizen() | {"Idempotency-Key": "k2"}
        later = {"area": "420100", "since": "2020-02-01", "until": "2020-02-12"}
        refused = await office.http.post("/v1/declarations", json=declaration(stays=[later]), headers=headers)
        assert refused.status_code == 422
        assert not await office.published()
        accepted = await office.http.post("/v1/declarations", json=declaration(), headers=headers)
        assert accepted.status_code == 202
