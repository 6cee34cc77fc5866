from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from chassis.documents import DocumentError
from healthcode.events import Release
from healthcode.values import Color, Lang, label
from services.issuer.api.qr import SHADES, svg
from services.issuer.api.texts import RELEASES, Texts

TEXT = "HC1:" + "ABC123 $%" * 45
SHOWN = [Color.GREEN, Color.YELLOW, Color.RED]


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = (int(color[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def drawn(color: Color, lang: Lang) -> ET.Element:
    return ET.fromstring(svg(TEXT, color, lang))  # noqa: S314 - what was just drawn


@pytest.mark.parametrize("color", SHOWN)
def test_modules_and_word_stand_out_from_white(color: Color) -> None:
    assert 1.05 / (luminance(SHADES[color].dark) + 0.05) > 7


@pytest.mark.parametrize("color", SHOWN)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_word_stands_below_and_in_the_name(color: Color, lang: Lang) -> None:
    drawing = drawn(color, lang)
    words = [drawing.attrib["aria-label"], drawing.findtext("{*}title"), drawing.findtext("{*}text")]
    assert words == [label(color, lang)] * 3


def test_one_unit_is_a_module_and_the_quiet_zone_is_kept() -> None:
    drawing = drawn(Color.GREEN, "en")
    frame, white = drawing.findall("{*}rect")
    inner = int(white.attrib["width"])
    assert (inner - 8 - 17) % 4 == 0  # a symbol of version v has 17 + 4 v modules a side
    assert int(frame.attrib["width"]) == inner + 6
    path = drawing.find("{*}g/{*}path")
    assert path is not None
    assert path.attrib["d"].startswith("M4,4H")


def test_texts_come_from_the_regions_files(tmp_path: Path) -> None:
    (tmp_path / "reasons.zh.yaml").write_text(
        "listed: {text: 列入名单, source: 细则, release: {time: 等}}\nfever: 发热\n", "utf-8"
    )
    texts = Texts.read(tmp_path)
    assert (texts.reason("listed", "zh").text, texts.reason("listed", "zh").source) == ("列入名单", "细则")
    assert texts.reason("fever", "zh").text == "发热"
    assert texts.reason("listed", "en").text == "listed"
    assert texts.release("listed", Release(kind="time"), "zh") == "等"
    assert texts.release("fever", Release(kind="tests", needed=2, done=1), "zh") == "检测 2 次均为阴性（已完成 1 次）"
    assert texts.release("fever", Release(kind="new"), "zh") == "new"
    assert RELEASES["zh"].keys() == RELEASES["en"].keys()


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "reasons.en.yaml").write_text("listed: [a]\n", "utf-8")
    with pytest.raises(DocumentError, match=r"reasons\.en\.yaml"):
        Texts.read(tmp_path)
