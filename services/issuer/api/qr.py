"""Drawing: the QR code in a frame of the color, with the word below, so that color is never the only signal."""

import io
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import qrcode
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathImage

from healthcode.values import Color, Lang, label

BORDER: Final = 4  # modules of quiet zone, as ISO/IEC 18004 wants
FRAME: Final = 3  # modules
CAPTION: Final = 8
PIXELS: Final = 8  # a module
UNITS: Final = 10  # a module, in tenths of a millimetre: what the library writes as 1


class Shade(NamedTuple):
    """The frame's color, and the dark shade of it in which modules and word are drawn."""

    frame: str
    dark: str


# Every dark shade stands on white with a contrast above 7:1 (WCAG 2.2, 1.4.6).
SHADES: Final = {
    Color.GREEN: Shade("#1a9e3f", "#0b4a1c"),
    Color.YELLOW: Shade("#f2c200", "#5c4600"),
    Color.RED: Shade("#d62828", "#7a0c0c"),
}


def svg(text: str, color: Color, lang: Lang) -> bytes:
    """The picture as SVG; one unit is a module."""
    code = _code(text, UNITS)
    image = code.make_image(image_factory=SvgPathImage)
    modules = code.modules_count + 2 * BORDER
    size, shade, word = modules + 2 * FRAME, SHADES[color], escape(label(color, lang))
    path = ET.fromstring(image.to_string()).find("{*}path")  # noqa: S314 - what the library has just written
    drawn = "" if path is None else path.attrib["d"]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size + CAPTION}" role="img" '
        f'aria-label="{word}" lang="{lang}"><title>{word}</title>'
        f'<rect width="{size}" height="{size + CAPTION}" fill="{shade.frame}"/>'
        f'<rect x="{FRAME}" y="{FRAME}" width="{modules}" height="{modules + CAPTION}" fill="#ffffff"/>'
        f'<g transform="translate({FRAME} {FRAME})" shape-rendering="crispEdges">'
        f'<path fill="{shade.dark}" d="{drawn}"/></g>'
        f'<text x="{size / 2}" y="{FRAME + modules + CAPTION / 2}" fill="{shade.dark}" font-size="{CAPTION - 2}" '
        f'font-family="sans-serif" font-weight="bold" text-anchor="middle">{word}</text></svg>'
    ).encode()


def png(text: str, color: Color) -> bytes:
    """The picture as PNG, eight pixels a module."""
    code = _code(text, PIXELS)
    shade = SHADES[color]
    drawn = code.make_image(fill_color=shade.dark, back_color="#ffffff").get_image()
    side, frame, caption = drawn.size[0], FRAME * PIXELS, CAPTION * PIXELS
    picture = Image.new("RGB", (side + 2 * frame, side + 2 * frame + caption), shade.frame)
    ImageDraw.Draw(picture).rectangle((frame, frame, frame + side - 1, frame + side + caption - 1), fill="#ffffff")
    picture.paste(drawn, (frame, frame))
    ImageDraw.Draw(picture).text(
        (picture.size[0] / 2, frame + side + caption / 2 - 2 * PIXELS),
        label(color, "en").upper(),
        fill=shade.dark,
        font=ImageFont.load_default(caption - 2 * PIXELS),
        anchor="mm",
    )
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=False)
    return file.getvalue()


def _code(text: str, box_size: int) -> "qrcode.QRCode[SvgPathImage]":
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=box_size, border=BORDER)
    code.add_data(text)
    code.make(fit=True)
    return code
