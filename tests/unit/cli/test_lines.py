"""A file of lines is sent in chunks, and what is said of a line of a chunk is said of the line of the file."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.errors import CliError
from cli.lines import CSV, NDJSON, read_lines
from cli.packs import packs_in, side

CELLS = st.text(alphabet=st.sampled_from('ab,"\n 张'), max_size=6)
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@SHARED
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=7), st.integers(1, 3))
def test_rows_of_csv_keep_their_cells_and_their_lines(tmp_path: Path, rows: list[list[str]], size: int) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["a", "b"])
    lines = []
    for row in rows:
        writer.writerow(row)
        lines.append(buffer.getvalue().count("\n"))
    file = tmp_path / "list.csv"
    file.write_text(buffer.getvalue(), "utf-8")
    found = read_lines(file, size)
    assert (found.media, found.total) == (CSV, len(rows))
    again, numbers = [], []
    for chunk in found.chunks:
        reader = csv.reader(io.StringIO(chunk.content.decode(), newline=""))
        assert next(reader) == ["a", "b"]
        for row in reader:
            again.append(row)
            numbers.append(chunk.numbers[reader.line_num])
    assert (again, numbers) == (rows, lines)


def test_lines_of_json_keep_their_numbers(tmp_path: Path) -> None:
    file = tmp_path / "list.ndjson"
    file.write_text("".join(f"{json.dumps({'n': n})}\n\n" for n in range(5)), "utf-8")
    found = read_lines(file, 2)
    assert (found.media, found.total) == (NDJSON, 5)
    assert [chunk.numbers for chunk in found.chunks] == [{1: 1, 2: 3}, {1: 5, 2: 7}, {1: 9}]
    assert read_lines(file).digest == found.digest


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("a.csv", b'a,b\n"x', "Line 2 is no CSV"), ("a.ndjson", b"\xff", "has to be a text in UTF-8")],
)
def test_what_is_no_file_of_lines_is_refused(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CliError, match=said):
        read_lines(tmp_path / name)


def test_packs_are_found_in_a_file_a_folder_and_a_region(tmp_path: Path) -> None:
    region = Path("regions/330000")
    names = [str(region / "policy" / name) for name in ("2020-02-11.yaml", "2020-06-15.yaml")]
    assert list(packs_in(region)) == list(packs_in(region / "policy")) == names
    assert list(packs_in(Path(names[0]))) == names[:1]
    assert side(str(region))["file"] == names[1]
    assert side("2020-02-11") == {"version": "2020-02-11"}
    with pytest.raises(CliError, match="There is no pack in"):
        packs_in(tmp_path)
