"""What a row means, and what is wrong with it; what is wrong with a definition."""

from datetime import date, datetime
from typing import Any

import msgspec
import pytest

from chassis.documents import DocumentError
from healthcode.values import Category, IdType
from services.connector.bootstrap import read_definitions
from services.connector.domain import Row, RowFault, draft_of
from services.connector.domain.definition import definition_from
from tests.twins.connector import DOCUMENT, FIELDS, ZONE, definition

NUMBER = "11010519491231002X"
VALUES: dict[str, Any] = {"id": 7, "number": NUMBER, "kind": "MQ", "since": date(2020, 2, 11), "till": None}


def test_a_row_becomes_a_draft() -> None:
    fields = definition(fields={**FIELDS, "valid_until": "till"}).fields
    draft = draft_of(Row("7", "1", {**VALUES, "number": " 11010519491231002x ", "till": "2020-02-25"}), fields, ZONE)
    assert (draft.id_type, draft.number, draft.category) == (IdType.RESIDENT_ID, NUMBER, Category.CLOSE_CONTACT)
    assert draft.evidence == "contact record 7"
    assert draft.valid_from == datetime(2020, 2, 11, tzinfo=ZONE)
    assert draft.valid_until == datetime(2020, 2, 25, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"number": None}, "missing at id_number"),
        ({"number": "110105194912310020"}, "id_check_digit at id_number"),
        ({"kind": "XX"}, "unknown_value at category"),
        ({"kind": None}, "missing at category"),
        ({"since": "soon"}, "impossible_date at valid_from"),
        ({"since": 12}, "impossible_date at valid_from"),
        ({"since": None}, "missing at valid_from"),
        ({"till": "2020-02-10"}, "backwards at valid_until"),
        ({"id": "x" * 600}, "no_evidence at evidence"),
        ({"id": NUMBER}, "number_in_evidence at evidence"),
    ],
)
def test_what_cannot_be_read_is_named_without_its_value(changes: dict[str, Any], fault: str) -> None:
    fields = definition(fields={**FIELDS, "valid_until": "till"}).fields
    with pytest.raises(RowFault) as raised:
        draft_of(Row("7", "1", {**VALUES, **changes}), fields, ZONE)
    assert str(raised.value) == fault


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(RowFault, match="no_such_column at id_number"):
        draft_of(Row("7", "1", {"kind": "MQ", "id": 1, "since": "2020-02-11"}), definition().fields, ZONE)


@pytest.mark.parametrize(
    ("key", "code"), [(NUMBER, "key_is_a_document"), ("", "impossible_key"), ("k" * 61, "impossible_key")]
)
def test_no_document_number_becomes_an_entry_id(key: str, code: str) -> None:
    with pytest.raises(RowFault, match=code):
        draft_of(Row(key, "1", VALUES), definition().fields, ZONE)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"connector": "CDC"}, "`connector` is 2 to 32"),
        ({"page": 0}, "`page` is 1 to 1000"),
        ({"rate": 0}, "`rate` is more than 0"),
        ({"most_gone": 2}, "a share from 0 to 1"),
        ({"speed": 3}, "unknown field `speed`"),
        ({"fields": {**FIELDS, "evidence": {"text": "x", "column": "y"}}}, "either `column`"),
        ({"fields": {**FIELDS, "evidence": {"text": "x", "values": {"a": "b"}}}}, "a `text` has none"),
        ({"fields": {"id_type": "t"}}, "missing required field `id_number`"),
    ],
)
def test_a_wrong_definition_is_refused_by_field(changes: dict[str, Any], text: str) -> None:
    with pytest.raises((msgspec.ValidationError, ValueError), match=text):
        definition_from({**DOCUMENT, **changes})


def test_a_folder_names_its_file(tmp_path: Any) -> None:
    (tmp_path / "a.yaml").write_bytes(msgspec.yaml.encode({**DOCUMENT, "kind": "oracle"}))
    with pytest.raises(DocumentError, match=r"a\.yaml:\d+: no such kind of source; `kind` is one of postgres"):
        read_definitions(tmp_path)
    (tmp_path / "a.yaml").write_bytes(msgspec.yaml.encode(DOCUMENT))
    (tmp_path / "b.yaml").write_bytes(msgspec.yaml.encode(DOCUMENT))
    with pytest.raises(DocumentError, match=r"b\.yaml:\d+: another file already defines `cdc`"):
        read_definitions(tmp_path)
    (tmp_path / "b.yaml").write_text("- 1", "utf-8")
    with pytest.raises(DocumentError, match="expected a mapping"):
        read_definitions(tmp_path)
    assert read_definitions(tmp_path / "none") == []
