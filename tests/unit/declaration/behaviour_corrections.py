"""What corrections promise, over whatever stores `office` has."""

from typing import Any

import pytest

from healthcode.events import CorrectionAsked, CorrectionAssigned, CorrectionEscalated, CorrectionSettled
from services.declaration.domain.correction import MOST_OPEN
from services.declaration.handlers.correction import follow
from tests.unit.declaration.office import HONG, MING, START, Office, subject

BODY: dict[str, Any] = {"category": "not_me", "fact": "l-1.1", "statement": "I was never there."}
CDC = "330100-cdc"


async def asked(office: Office, **changes: Any) -> str:
    """The id of a correction of Ming's that has to be accepted."""
    answer = await office.http.post("/v1/corrections", json=BODY | changes, headers=office.citizen(MING))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def own(office: Office, number: str = MING) -> list[dict[str, Any]]:
    answer = await office.http.get("/v1/me/corrections", headers=office.citizen(number))
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def words_of(ident: str) -> str:
    return f"/v1/corrections/{ident}/statement"


class CorrectionBehaviour:
    """Run by a test class that brings an `office`."""

    async def test_the_fact_goes_out_and_the_words_stay(self, office: Office) -> None:
        ident = await asked(office)
        (event,) = await office.published()
        assert isinstance(event, CorrectionAsked)
        assert (event.id, event.subject, event.fact) == (ident, subject(MING), "l-1.1")
        assert (event.due - event.at).total_seconds() == 24 * 3600
        assert "never there" not in repr(event)
        (only,) = await own(office)
        assert (only["id"], only["owner"], only["outcome"]) == (ident, None, None)
        assert await own(office, HONG) == []

    async def test_whoever_has_to_answer_reads_the_words_and_nobody_else(self, office: Office) -> None:
        ident = await asked(office)
        officer = office.answering(CDC)
        assert (await office.http.get(words_of(ident), headers=officer)).status_code == 404
        async with office.units.begin() as unit:
            assigned = CorrectionAssigned(id="e", subject=subject(MING), correction=ident, owner=CDC, at=START)
            await follow(unit, [assigned])
        answer = await office.http.get(words_of(ident), headers=officer)
        assert answer.json()["statement"] == BODY["statement"]
        other = office.answering("420100-cdc")
        assert (await office.http.get(words_of(ident), headers=other)).status_code == 404
        assert (await office.http.get(words_of(ident), headers=office.citizen(MING))).status_code == 403
        supervisor = office.answering("330000-health", "supervisor")
        assert (await office.http.get(words_of(ident), headers=supervisor)).is_success

    async def test_the_person_follows_the_clock_and_the_first_answer(self, office: Office) -> None:
        ident = await asked(office)
        about: dict[str, Any] = {"subject": subject(MING), "correction": ident, "at": START}
        async with office.units.begin() as unit:
            await follow(unit, [CorrectionEscalated(id="1", owner=CDC, **about)])
        assert (await own(office))[0]["escalated_at"] is not None
        answers: list[tuple[Any, str]] = [("upheld", "you are right"), ("rejected", "it stands")]
        async with office.units.begin() as unit:
            for number, (outcome, why) in enumerate(answers):
                event = CorrectionSettled(id=str(number), outcome=outcome, owner=CDC, explanation=why, **about)
                await follow(unit, [event])
        (only,) = await own(office)
        assert (only["outcome"], only["explanation"]) == ("upheld", "you are right")

    async def test_there_is_a_limit_to_what_may_wait(self, office: Office) -> None:
        for number in range(MOST_OPEN):
            await asked(office, fact=f"l-{number}.1")
        refused = await office.http.post("/v1/corrections", json=BODY, headers=office.citizen(MING))
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "too-many-corrections")

    @pytest.mark.parametrize(
        "changes", [{"category": "because"}, {"fact": ""}, {"statement": " "}, {"statement": "a\x00b"}, {"more": 1}]
    )
    async def test_what_is_no_correction_is_refused(self, office: Office, changes: dict[str, Any]) -> None:
        answer = await office.http.post("/v1/corrections", json=BODY | changes, headers=office.citizen(MING))
        assert answer.status_code == 422
        assert await office.published() == []

    async def test_a_login_without_a_document_contests_nothing(self, office: Office) -> None:
        nobody = office.citizen(None, "somebody")
        assert (await office.http.post("/v1/corrections", json=BODY, headers=nobody)).status_code == 403
