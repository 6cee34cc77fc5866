"""What a soak writes: its own section and no other, a picture that is XML, numbers that come from the samples."""

from pathlib import Path
from xml.etree import ElementTree as ET

from bench.plot import Panel, svg
from bench.report import BEGIN, END, Load, write
from bench.samples import Samples, append


def row(minute: float, memory: float) -> dict[str, float]:
    standing = {f"{what} audit": 2.0 for what in ("outbox", "oldest", "lag")}
    delays = {"accepted p50": 5.0, "accepted p99": 9.0, "visible p50": 40.0, "visible p99": 80.0}
    counted = {"sent": 100.0, "accepted": 99.0, "refused": 1.0, "invisible": 0.0}
    return {"minute": minute, **counted, **delays, **standing, "disk database": 10.0, "memory audit": memory}


def test_the_section_is_written_in_its_place_and_the_rest_is_left_alone(tmp_path: Path) -> None:
    page, picture = tmp_path / "reliability.md", tmp_path / "pictures" / "soak.svg"
    page.write_text(f"# Reliability\n\nBefore.\n\n{BEGIN}\nold\n{END}\n\nBehind.\n", "utf-8")
    samples = Samples([row(minute, 60 + minute) for minute in range(40)])
    for _ in range(2):
        write(page, picture, samples, Load(50, 1000), 0)
    text = page.read_text("utf-8")
    assert text.startswith("# Reliability\n\nBefore.\n\n" + BEGIN)
    assert text.endswith(END + "\n\nBehind.\n")
    assert "old" not in text.partition("oldest row")[0]
    assert "(pictures/soak.svg)" in text
    assert "Sent 4,000, accepted 3,960" in text
    assert "none never came out" in text
    assert "audit 72 → 98" in text
    assert ET.parse(picture).getroot().tag.endswith("svg")  # noqa: S314 - our own


def test_a_page_that_is_not_there_is_made(tmp_path: Path) -> None:
    page = tmp_path / "reliability.md"
    write(page, tmp_path / "soak.svg", Samples([row(1, 2)]), Load(1, 1), 3)
    assert "3 never came out" in page.read_text("utf-8")


def test_samples_come_back_from_their_file(tmp_path: Path) -> None:
    file = tmp_path / "soak.csv"
    for minute in (1.0, 2.0):
        append(file, row(minute, 5))
    assert Samples.read(file).line("minute") == [1.0, 2.0]


def test_a_line_stays_within_its_panel() -> None:
    drawn = svg("t", [0.0, 1.0, 2.0], [Panel("p", {"a <b>": [0.0, 7.0, 3.0], "none": [0.0, 0.0, 0.0]})])
    root = ET.fromstring(drawn)  # noqa: S314 - our own
    lines = [each.attrib["points"] for each in root.iter() if each.tag.endswith("polyline")]
    heights = [float(point.split(",")[1]) for line in lines for point in line.split()]
    assert len(lines) == 2
    assert all(0 < height < float(root.attrib["viewBox"].split()[3]) for height in heights)
