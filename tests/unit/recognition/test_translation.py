from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from chassis.documents import DocumentError, read_yaml
from healthcode.region import region_from
from healthcode.values import Color, EvidenceClass, Status
from services.recognition.bootstrap import read_translation
from services.recognition.domain.rows import Fault, TranslationError
from services.recognition.domain.translation import Translation, identity, translation_from

COLORS = (Color.GREEN, Color.YELLOW, Color.RED)
STATUSES = (Status.LOW, Status.MEDIUM, Status.HIGH)
REGIONS = sorted(path.parent.name for path in Path("regions").glob("*/region.yaml"))


def document(**extra: list[dict[str, str]]) -> dict[str, Any]:
    """A region's table of names alone, with more rows."""
    table = read_yaml(Path("regions/100000/translation.yaml"))
    return {"out": table["out"] + extra.get("out", []), "in": table["in"] + extra.get("into", [])}


def refusal(table: dict[str, Any]) -> str:
    with pytest.raises(TranslationError) as caught:
        translation_from(table)
    return str(caught.value)


def keeps_its_promises(table: Translation) -> None:
    """Monotone, stable, never laxer, never made up: the definition, by going through all of it."""
    for evidence in EvidenceClass:
        outs = [table.to_national(color, evidence) for color in COLORS]
        ins = [table.to_local(status, evidence).color for status in STATUSES]
        assert all(STATUSES.index(a) <= STATUSES.index(b) for a, b in pairwise(outs))
        assert all(COLORS.index(a) <= COLORS.index(b) for a, b in pairwise(ins))
        for color in Color:
            first = table.to_national(color, evidence)
            back = table.to_local(first, evidence).color
            assert table.to_national(back, evidence) is first
            assert (color in COLORS) == (back in COLORS)
            assert color not in COLORS or COLORS.index(back) >= COLORS.index(color)
        for status in set(Status) - set(STATUSES):
            assert table.to_local(status, evidence).color not in COLORS


@pytest.mark.parametrize("region", REGIONS)
def test_the_tables_of_the_regions_keep_their_promises(region: str) -> None:
    keeps_its_promises(read_translation(Path("regions"), region_from(read_yaml(Path(f"regions/{region}/region.yaml")))))


def test_the_tables_of_the_regions_differ_where_they_should() -> None:
    def color(region: str, status: Status, evidence: EvidenceClass) -> Color:
        return translation_from(read_yaml(Path(f"regions/{region}/translation.yaml"))).to_local(status, evidence).color

    assert color("330000", Status.MEDIUM, EvidenceClass.TRAVELLED) is Color.YELLOW
    assert color("330000", Status.MEDIUM, EvidenceClass.LISTED) is Color.YELLOW
    assert color("420000", Status.MEDIUM, EvidenceClass.LISTED) is Color.RED
    assert color("420000", Status.MEDIUM, EvidenceClass.CONTACT) is Color.RED
    assert color("620000", Status.MEDIUM, EvidenceClass.CONTACT) is Color.YELLOW


# What one class of evidence may get beside the rows for all: mostly sensible, now and then anything.
_OUT = st.builds(
    lambda color, evidence, status: {"color": color.value, "evidence": evidence.value, "status": status.value},
    st.sampled_from(COLORS) | st.sampled_from(Color),
    st.sampled_from(EvidenceClass),
    st.sampled_from(STATUSES) | st.sampled_from(Status),
)
_IN = st.builds(
    lambda status, evidence, color: {"status": status.value, "evidence": evidence.value, "color": color.value},
    st.sampled_from(STATUSES) | st.sampled_from(Status),
    st.sampled_from(EvidenceClass),
    st.sampled_from(COLORS) | st.sampled_from(Color),
)


@given(out=st.lists(_OUT, max_size=2), into=st.lists(_IN, max_size=2))
def test_an_accepted_table_keeps_its_promises_and_a_refused_one_says_what_to_write(
    out: list[dict[str, str]], into: list[dict[str, str]]
) -> None:
    faults: tuple[Fault, ...] = ()
    try:
        keeps_its_promises(translation_from(document(out=out, into=into)))
    except TranslationError as refused:
        faults = refused.faults or (Fault((), ""),)
    event("refused" if faults else "accepted")
    assert all("write" in fault.what or "keep one" in fault.what for fault in faults)


def test_a_good_table_is_not_refused() -> None:
    """The checks ask for no more than they promise: red for contact, told to others as high."""
    contact = {"evidence": "contact", "color": "yellow", "status": "10"}
    table = translation_from(document(out=[contact], into=[{"evidence": "contact", "status": "01", "color": "red"}]))
    assert table.to_local(Status.MEDIUM, EvidenceClass.CONTACT) == (Color.RED, "01/contact → red")
    assert table.to_local(Status.MEDIUM, EvidenceClass.LISTED) == (Color.YELLOW, "01/* → yellow")


def test_a_color_that_would_come_back_as_another_status_is_refused_with_the_row_to_write() -> None:
    fault = refusal(document(into=[{"status": "01", "evidence": "contact", "color": "red"}]))
    assert "yellow/* → 01" in fault
    assert "01/contact → red" in fault
    assert 'write {color: yellow, evidence: contact, status: "10"}' in fault


def test_a_color_that_would_come_home_laxer_is_refused() -> None:
    rows = [{"color": "yellow", "evidence": "none", "status": "00"}]
    assert 'write {status: "00", evidence: none, color: yellow}' in refusal(document(out=rows))


def test_a_laxer_output_for_a_stricter_input_is_refused() -> None:
    fault = refusal(document(into=[{"status": "10", "evidence": "listed", "color": "green"}]))
    assert "10/listed → green is laxer than 01/* → yellow (with listed); write color: yellow or red" in fault


@pytest.mark.parametrize("status", ["unknown", "grey", "expired"])
def test_where_no_judgement_stands_none_is_made_up(status: str) -> None:
    fault = refusal(document(into=[{"status": status, "evidence": "none", "color": "green"}]))
    assert f"in {status}/none → green: no judgement stands" in fault


def test_a_pending_code_never_leaves_as_low() -> None:
    assert "out pending/none → 00" in refusal(document(out=[{"color": "pending", "evidence": "none", "status": "00"}]))


def test_what_is_missing_is_named() -> None:
    table = document()
    table["in"] = [row for row in table["in"] if row["status"] != "unknown"]
    assert 'in says nothing about "unknown" with listed; write {status: "unknown"' in refusal(table)


def test_rows_that_stand_twice_or_are_no_rows_are_refused() -> None:
    again = {"color": "red", "evidence": "*", "status": "10"}
    assert "keep one of them" in refusal(document(out=[again]))
    assert "no such evidence" in refusal(document(out=[{**again, "evidence": "rumour"}]))
    assert "in quotes" in refusal({"out": [{"color": "red", "evidence": "*", "status": 10}], "in": []})


def test_a_region_that_adopts_has_the_identity(tmp_path: Path) -> None:
    region = region_from(read_yaml(Path("regions/620000/region.yaml")))
    assert read_translation(Path("regions"), region).same_as(identity())
    folder = tmp_path / region.code
    folder.mkdir()
    (folder / "translation.yaml").write_text(Path("regions/420000/translation.yaml").read_text("utf-8"), "utf-8")
    with pytest.raises(DocumentError, match="adopts"):
        read_translation(tmp_path, region)


def test_a_refusal_names_the_line_of_each_row_that_is_wrong(tmp_path: Path) -> None:
    text = Path("regions/100000/translation.yaml").read_text("utf-8")
    lines = text.replace('"10", evidence: "*", color: red', '"10", evidence: "*", color: green').splitlines()
    wrong = next(number for number, line in enumerate(lines, 1) if "color: green}" in line and '"10"' in line)
    (tmp_path / "100000").mkdir()
    (tmp_path / "100000" / "translation.yaml").write_text("\n".join(lines), "utf-8")
    region = region_from(read_yaml(Path("regions/100000/region.yaml")))
    with pytest.raises(DocumentError) as caught:
        read_translation(tmp_path, region)
    assert all(f"translation.yaml:{wrong}: in 10/* → green is laxer" in line for line in str(caught.value).splitlines())
