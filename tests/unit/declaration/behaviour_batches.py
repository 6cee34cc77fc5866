"""What employers' batches promise, over whatever stores `office` has."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from healthcode.events import CheckInAccepted, DeclarationAccepted, TripDeclared
from healthcode.values import Attestation, Color
from services.declaration.domain.batch import MOST_LINES, Batch, Sending, Tally
from services.declaration.domain.fault import InFlight
from services.declaration.domain.statement import Cause, Coloured
from services.declaration.handlers.statement import record
from tests.unit.declaration.office import MING, Office, declaration, document, number, subject

NDJSON = "application/x-ndjson"
TRIP = {"kind": "trip", "destination": "420000", "area": "420100", "since": "2020-02-12", "person": document()}
CHECK_IN = {"kind": "check_in", "temperature": 36.4, "person": document()}
HEADER = "kind,name,id_type,id_number,phone,address,residence,temperature,symptoms,contact,promise,stays,destination"


async def send(
    office: Office, body: str | bytes, *, key: str = "b1", media: str = NDJSON, language: str = "en", **who: str
) -> httpx.Response:
    """Send a batch as an employer."""
    headers = office.employer(**who) | {"Idempotency-Key": key, "Content-Type": media, "Accept-Language": language}
    return await office.http.post("/v1/batches", content=body, headers=headers)


def ndjson(*lines: dict[str, Any]) -> str:
    """Lines of JSON."""
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n"


class BatchBehaviour:
    """Run by a test class that brings an `office`."""

    async def test_good_lines_are_accepted_and_bad_ones_told_without_their_values(self, office: Office) -> None:
        bad = declaration("330106199003070015", temperature=50)
        body = ndjson(declaration(MING), bad, CHECK_IN, TRIP, {"kind": "?"}, declaration("110101190001011234")) + "[]"
        answer = await send(office, body)
        assert answer.status_code == 202, answer.text
        told = answer.json()
        assert (told["accepted"], told["refused"], list(told["receipts"])) == (3, 4, ["1", "3", "4"])
        assert [(e["line"], [x["code"] for x in e["errors"]]) for e in told["errors"]] == [
            (2, ["less_than_equal"]),
            (5, ["literal_error"]),
            (6, ["id_number_check_digit"]),
            (7, ["not_an_object"]),
        ]
        assert told["errors"][2]["errors"][0]["pointer"] == "#/basic/id_number"
        assert "330106199003070015" not in answer.text
        assert [type(event) for event in await office.published()] == [
            DeclarationAccepted,
            CheckInAccepted,
            TripDeclared,
        ]
        assert {event.attestation for event in await office.published()} == {Attestation.OTHER}  # type: ignore[attr-defined]  # all three have it

    async def test_csv_says_the_same_as_ndjson(self, office: Office) -> None:
        stays = "420100/2020-01-24/2020-02-01;JP/2020-02-01/2020-02-03"
        rows = [
            HEADER + ",area,since,until",
            f"declaration,王小明,resident_id,{MING},13800000000,文三路,330106,37.5,cough;fatigue,FALSE,TRUE,{stays},,,,",
            f"check_in,,resident_id,{MING},,,,36.4,,,,,,,,",
            f"trip,,resident_id,{MING},,,,,,,,,420000,420100,2020-02-12,",
            f",王小明,resident_id,{MING},13800000000,文三路 90 号,330106,36.5,,maybe,true,never,,,,",
            f"check_in,王小明,resident_id,{MING},,,,36.4,,,,,,,,",
        ]
        answer = await send(office, ("\ufeff" + "\r\n".join(rows)).encode(), media="text/csv; charset=utf-8")
        told = answer.json()
        assert told["accepted"] == 3, answer.text
        declared, check_in, trip = await office.published()
        assert isinstance(declared, DeclarationAccepted)
        assert (declared.temperature, len(declared.symptoms), len(declared.stays)) == (37.5, 2, 2)
        assert isinstance(check_in, CheckInAccepted)
        assert isinstance(trip, TripDeclared)
        assert trip.until is None
        found = {(e["line"], x["code"], x["column"]) for e in told["errors"] for x in e["errors"]}
        assert (5, "bool_type", "contact") in found
        assert (6, "extra_forbidden", "name") in found
        assert any(line == 5 and column == "stays" for line, _, column in found)

    async def test_errors_speak_chinese(self, office: Office) -> None:
        answer = await send(office, "no json", language="zh-CN")
        assert answer.json()["errors"][0]["errors"][0]["detail"] == "该行不是 UTF-8 编码的 JSON 对象。"

    async def test_the_same_sending_again_changes_nothing(self, office: Office) -> None:
        body = ndjson(*(declaration(number(serial)) for serial in range(1, 30)), {"kind": "trip"})
        first, second = await send(office, body), await send(office, body)
        assert (first.status_code, first.content) == (202, second.content)
        assert len(await office.published()) == 29
        assert (await send(office, ndjson(CHECK_IN))).json()["code"] == "3005"

    async def test_a_batch_in_hand_is_not_taken_twice(self, office: Office) -> None:
        other = Sending("employer-1", "/employer-1", "b1", b"")
        async with office.units.begin() as unit:
            await unit.batches.take(_batch(other, "someone"))
        assert (await send(office, ndjson(CHECK_IN))).json()["code"] == "3005"

    async def test_a_runner_that_was_replaced_changes_nothing_more(self, office: Office) -> None:
        sending = Sending("employer-1", "/employer-1", "b9", b"hash")
        async with office.units.begin() as unit:
            mine = await unit.batches.take(_batch(sending, "mine"))
        stale = _batch(sending, "stale")
        with pytest.raises(InFlight):
            async with office.units.begin() as unit:
                await unit.batches.advance(stale, Tally(1, ()), 1, finished=False)
        async with office.units.begin() as unit:
            after = await unit.batches.advance(mine, Tally(1, ()), 1, finished=True)
        assert (after.accepted, after.finished) == (1, True)

    async def test_progress_counts_the_stages_for_the_sender_alone(self, office: Office) -> None:
        told = (await send(office, ndjson(CHECK_IN, TRIP))).json()
        at = datetime(2020, 2, 11, 2, tzinfo=UTC)
        async with office.units.begin() as unit:
            await record(unit, [Cause(told["receipts"]["1"], Coloured(1, 1, Color.GREEN, at))])
        progress = await office.http.get(told["batch"], headers=office.employer())
        assert progress.json() == {
            "id": told["id"],
            "received_at": "2020-02-11T01:00:00Z",
            "finished": True,
            "accepted": 2,
            "refused": 0,
            "audited": 0,
            "coloured": 1,
        }
        assert (await office.http.get(told["batch"], headers=office.employer("employer-2"))).status_code == 404
        receipt = (await office.receipt(told["receipts"]["1"], office.employer())).json()
        assert receipt["stages"]["coloured"]["color"] is None

    async def test_one_person_on_many_lines_keeps_the_order_of_lines(self, office: Office) -> None:
        lines = [CHECK_IN | {"temperature": 36.0 + place / 10} for place in range(5)]
        await send(office, ndjson(*lines))
        events = await office.published()
        assert [event.temperature for event in events if isinstance(event, CheckInAccepted)] == [
            36.0,
            36.1,
            36.2,
            36.3,
            36.4,
        ]
        assert {event.key for event in events} == {subject(MING)}

    @pytest.mark.parametrize(
        ("body", "media", "code"),
        [
            (b"", NDJSON, "1102"),
            (b"{}\n" * (MOST_LINES + 1), NDJSON, "1101"),
            (b"{}", "application/json", "1003"),
            ("name,身份证\n".encode(), "text/csv", "1102"),
            ("姓名\n".encode("gbk"), "text/csv", "1102"),
            (b'kind\n"open', "text/csv", "1102"),
            (b"x" * (10 * 1024 * 1024 + 1), NDJSON, "1004"),
        ],
    )
    async def test_what_cannot_be_read_is_refused_as_a_whole(
        self, office: Office, body: bytes, media: str, code: str
    ) -> None:
        answer = await send(office, body, media=media)
        assert answer.json()["code"] == code
        assert not await office.published()

    async def test_a_key_is_required_and_so_is_the_role(self, office: Office) -> None:
        headers = office.employer() | {"Content-Type": NDJSON}
        answer = await office.http.post("/v1/batches", content=ndjson(CHECK_IN), headers=headers)
        assert answer.json()["code"] == "1005"
        headers = office.citizen() | {"Content-Type": NDJSON, "Idempotency-Key": "x"}
        answer = await office.http.post("/v1/batches", content=ndjson(CHECK_IN), headers=headers)
        assert answer.status_code == 403


def _batch(sending: Sending, runner: str) -> Batch:
    at = datetime(2020, 2, 11, tzinfo=UTC)
    return Batch(id="f" * 32, sending=sending, runner=runner, received_at=at)
