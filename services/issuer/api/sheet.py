"""The page that is printed: a large QR code, the color as a word, whose it is, and until when."""

import base64
import hashlib
from datetime import datetime, tzinfo
from typing import Final
from xml.sax.saxutils import escape

from healthcode.values import Lang, label
from services.issuer.api.qr import svg
from services.issuer.handlers.credential import Credential

STYLE: Final = """
@page { size: A5 portrait; margin: 10mm }
body { font: 14pt/1.5 sans-serif; margin: 0 auto; max-width: 128mm; color: #000; text-align: center }
h1 { font-size: 22pt; margin: 0 }
svg { width: 100mm; height: auto; print-color-adjust: exact; -webkit-print-color-adjust: exact }
dl { display: grid; grid-template-columns: auto auto; gap: 1mm 6mm; justify-content: center; margin: 3mm 0 }
dt { text-align: right } dd { margin: 0; text-align: left; font-weight: bold }
p { font-size: 10pt; margin: 2mm 0 }
"""
_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
TEXTS: Final[dict[Lang, dict[str, str]]] = {
    "zh": {
        "title": "纸质健康码",
        "holder": "持码人",
        "tail": "证件号末两位",
        "issued": "签发",
        "expires": "有效至",
        "check": "请与持码人的身份证件核对。本页不会自动更新：状态变化后即告失效，请重新打印。",
    },
    "en": {
        "title": "Health code on paper",
        "holder": "Holder",
        "tail": "Document ends in",
        "issued": "Issued",
        "expires": "Good until",
        "check": "Compare it with the holder's document. When the color changes, this page counts no more: print anew.",
    },
}


def sheet(paper: Credential, lang: Lang, zone: tzinfo) -> bytes:
    """The page as HTML, in one language, times in the region's zone; nothing in it is fetched from anywhere."""
    words, claims, color = TEXTS[lang], paper.claims, paper.code.color
    rows = [
        (words["holder"], claims.masked_name),
        (words["tail"], claims.id_tail),
        (words["issued"], _when(claims.issued_at, zone)),
        (words["expires"], _when(claims.expires_at, zone)),
    ]
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows if value)
    word, title = escape(label(color, lang)), escape(words["title"])
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body>"
        f'<h1>{title} · <span lang="{lang}">{word}</span></h1>'
        f"{svg(paper.text, color, lang).decode()}<dl>{listed}</dl><p>{escape(words['check'])}</p></body></html>"
    ).encode()


def _when(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
