"""The Chromium of this machine, as tests use it."""

import os
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES: Final = Path(os.environ.get("HC_PICTURES", ".data/pictures"))


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, for people."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")
