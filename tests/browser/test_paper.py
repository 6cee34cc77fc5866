"""The page that is printed, as Chromium prints it: one sheet, and a scanner reads it."""

import io
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser

from healthcode.credential import Claims, CredentialKind, Es256Key, StatusReference, encode
from healthcode.events import CodeChanged
from healthcode.values import Color, Lang, Status
from services.issuer.api.sheet import sheet
from services.issuer.handlers.credential import Credential
from tests.unit.issuer.test_issuer_domain import code_of

pytestmark = pytest.mark.browser

NOW = datetime(2020, 2, 11, 4, tzinfo=UTC)
PICTURES = Path(os.environ.get("HC_PICTURES", ".data/pictures"))


def paper() -> Credential:
    """A yellow code on paper."""
    claims = Claims(
        issuer="330000",
        issued_at=NOW,
        expires_at=NOW + timedelta(days=7),
        credential_id=bytes(16),
        status=Status.MEDIUM,
        since=NOW,
        region="330000",
        kind=CredentialKind.PAPER,
        status_list=StatusReference(7, "20200211-0"),
        masked_name="王**",
        id_tail="2X",
    )
    code: CodeChanged = code_of(Color.YELLOW).state
    return Credential(encode(claims, Es256Key.generate()), claims, code)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_printed_sheet_is_one_page_that_a_scanner_reads(browser: Browser, lang: Lang) -> None:
    printed = paper()
    page = browser.new_page(viewport={"width": 560, "height": 794})
    page.set_content(sheet(printed, lang, ZoneInfo("Asia/Shanghai")).decode())
    page.emulate_media(media="print")
    picture = page.screenshot()
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"paper-{lang}.png").write_bytes(picture)
    read = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert [each.text for each in read] == [printed.text]
    # DIN 476 A5 in CSS pixels; the frame is wide enough for a scanner held at arm's length
    assert page.locator("svg").bounding_box()["width"] > 370  # type: ignore[index]  # it is drawn
    document = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", document)) == 1
    page.close()
