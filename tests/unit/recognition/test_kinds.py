from pathlib import Path
from typing import Any

import msgspec
import pytest

from chassis.documents import DocumentError
from healthcode.records import KINDS, ListingRecord, TestRecord, content_of
from healthcode.values import TestKind, TestResult
from services.recognition.bootstrap.sharing import read_kinds, read_shares
from tests.support.recognition import GANSU, HUBEI, NATION, NOW, REGIONS, ZHEJIANG

REAL = Path("regions")


def folder(tmp_path: Path, region: str, text: str) -> Path:
    (tmp_path / region).mkdir()
    (tmp_path / region / "records.yaml").write_text(text, "utf-8")
    return tmp_path


def test_the_published_kinds_are_all_that_there_are() -> None:
    assert read_kinds(REAL, NATION).keys() == KINDS.keys()


@pytest.mark.parametrize("region", REGIONS)
def test_the_regions_own_files_hold(region: str) -> None:
    kinds = read_kinds(REAL, NATION)
    shares = read_shares(REAL, region, NATION, kinds)
    assert shares.shared <= kinds.keys()


def test_sharing_is_by_kind_destination_and_purpose() -> None:
    shares = read_shares(REAL, ZHEJIANG, NATION, read_kinds(REAL, NATION))
    assert shares.allows("listing", HUBEI, "trip")
    assert not shares.allows("listing", GANSU, "trip")
    assert not shares.allows("listing", HUBEI, "scan")
    assert shares.allows("test", GANSU, "scan")
    assert not shares.allows("stay", HUBEI, "trip")


def test_no_file_shares_nothing(tmp_path: Path) -> None:
    assert read_kinds(tmp_path, NATION) == {}
    assert not read_shares(tmp_path, HUBEI, NATION, {}).rules


KIND = "kinds:\n  - {kind: test, purposes: [trip], days: 30, fields: [kind, result, sampled_at]}\n"
TEST = "fields: [kind, result, sampled_at]"


@pytest.mark.parametrize(
    ("text", "line", "advice"),
    [
        (KIND.replace("kind: test", "kind: dna"), 2, "no such kind 'dna'; write one of test, listing, stay"),
        (KIND + KIND.partition("\n")[2], 3, "test stands twice; keep one of them"),
        (KIND.replace("days: 30", "days: 0"), 2, "write 1 to 366"),
        (KIND.replace("[trip]", "[]"), 2, "is for nothing; write a purpose"),
        (KIND.replace(TEST, "fields: [kind, result]"), 2, "cannot be judged without sampled_at; add it"),
        (KIND.replace(TEST, "fields: [kind, result, sampled_at, name]"), 2, "no field 'name'; write some of kind"),
        (KIND.replace("days: 30", "days: many"), 2, "write it as in kinds: ["),
        ("kind: []\n", 1, "write it as in kinds: ["),
        ("kinds: [", 1, "expected the node content"),
    ],
)
def test_a_fault_in_the_catalogue_names_its_line_and_what_to_write(
    tmp_path: Path, text: str, line: int, advice: str
) -> None:
    with pytest.raises(DocumentError) as refused:
        read_kinds(folder(tmp_path, NATION, text), NATION)
    assert f"records.yaml:{line}: " in str(refused.value)
    assert advice in str(refused.value)


@pytest.mark.parametrize(
    ("text", "line", "advice"),
    [
        ('shares:\n  - {kind: dna, with: "*", for: [trip]}', 2, "'dna' is not in the national catalogue of kinds"),
        ('shares:\n  -\n    kind: test\n    with: "*"\n    for: [fun]', 5, "not shared for 'fun'; write some of trip"),
        ('shares:\n  - {kind: test, with: "*", for: []}', 2, "for nothing; write a purpose, or leave the row out"),
        ('shares:\n  - {kind: test, with: ["420000"], for: [trip]}', 2, "'420000' is no other region"),
        ('shares:\n  - {kind: test, with: ["nowhere"], for: [trip]}', 2, "write its code of six digits in quotes"),
        ("shares:\n  - {kind: test, with: [330000], for: [trip]}", 2, 'write it as in shares: [{kind: test, with: "*"'),
        (KIND, 1, "kinds are the nation's to say; leave them out"),
        ("- 1", 1, "write it as in shares: ["),
    ],
)
def test_a_fault_in_what_is_shared_names_its_line_and_what_to_write(
    tmp_path: Path, text: str, line: int, advice: str
) -> None:
    kinds = read_kinds(REAL, NATION)
    with pytest.raises(DocumentError) as refused:
        read_shares(folder(tmp_path, HUBEI, text), HUBEI, NATION, kinds)
    assert f"records.yaml:{line}: " in str(refused.value)
    assert advice in str(refused.value)


def test_the_nation_may_share_of_its_own_people(tmp_path: Path) -> None:
    at = folder(tmp_path, NATION, KIND + 'shares:\n  - {kind: test, with: "*", for: [trip]}\n')
    assert read_shares(at, NATION, NATION, read_kinds(at, NATION)).allows("test", HUBEI, "trip")


def test_what_the_catalogue_leaves_out_leaves_no_region(tmp_path: Path) -> None:
    kind = read_kinds(folder(tmp_path, NATION, KIND), NATION)["test"]
    test = TestRecord(kind=TestKind.PCR, result=TestResult.NEGATIVE, sampled_at=NOW, source="a laboratory")
    assert kind.sieve(test) == TestRecord(kind=TestKind.PCR, result=TestResult.NEGATIVE, sampled_at=NOW)


@pytest.mark.parametrize("more", [{"valid_from": "2020-02-11T01:00:00"}, {"category": "unlucky"}, {"source": ""}])
def test_a_content_that_is_none_of_its_kind_is_refused(more: dict[str, Any]) -> None:
    body = {"category": "confirmed", "valid_from": NOW.isoformat(), **more}
    with pytest.raises(msgspec.DecodeError):
        content_of("listing", msgspec.json.encode(body))
    good = {"category": "confirmed", "valid_from": NOW.isoformat()}
    assert isinstance(content_of("listing", msgspec.json.encode(good)), ListingRecord)
