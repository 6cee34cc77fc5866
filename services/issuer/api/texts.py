"""What people read about reasons and ways out, in their language, as the region has written it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from chassis.documents import read_document
from chassis.http.wording import fill
from healthcode.events import Release
from healthcode.values import Lang

LANGUAGES: Final[tuple[Lang, ...]] = ("zh", "en")

# When a region says nothing of its own about a release.
RELEASES: Final[Mapping[Lang, Mapping[str, str]]] = {
    "zh": {
        "time": "等待至规定时间（已满足 {done}/{needed}）",
        "check_ins": "连续 {needed} 天正常健康打卡（已完成 {done} 天）",
        "tests": "检测 {needed} 次均为阴性（已完成 {done} 次）",
        "withdrawal": "由列入名单的单位撤销",
        "declaration": "重新进行健康申报",
        "confirmation": "由本人确认他人代报的内容",
    },
    "en": {
        "time": "wait until the time is over ({done} of {needed})",
        "check_ins": "check in as well on {needed} days in a row ({done} done)",
        "tests": "test negative {needed} times ({done} done)",
        "withdrawal": "the authority that listed you withdraws the entry",
        "declaration": "declare your health again",
        "confirmation": "confirm what another declared for you",
    },
}


class Reason(msgspec.Struct, frozen=True):
    """The text of a reason, where the rule comes from, and texts of what releases it."""

    text: str
    source: str | None = None
    release: dict[str, str] = {}


class Texts:
    """Texts by language and reason key; a key without a text stands for itself."""

    def __init__(self, reasons: Mapping[Lang, Mapping[str, Reason]]) -> None:
        self._reasons = reasons

    @classmethod
    def read(cls, folder: Path) -> "Texts":
        """The texts of a region's folder, `reasons.<lang>.yaml`; a language without a file has none.

        Raises DocumentError for a file that is not a mapping of keys to texts.
        """
        return cls({lang: _read(folder / f"reasons.{lang}.yaml") for lang in LANGUAGES})

    def reason(self, key: str, lang: Lang) -> Reason:
        """What is said of a reason."""
        return self._reasons.get(lang, {}).get(key) or Reason(key)

    def release(self, key: str, release: Release, lang: Lang) -> str:
        """What is said of one way out of a reason."""
        text = self.reason(key, lang).release.get(release.kind) or RELEASES[lang].get(release.kind, release.kind)
        return fill(text, {"needed": release.needed, "done": release.done})


def _read(path: Path) -> Mapping[str, Reason]:
    if not path.is_file():
        return {}
    document = read_document(path)
    try:
        found = msgspec.convert(document.content or {}, dict[str, Reason | str])
    except msgspec.ValidationError as error:
        raise document.refusal(error) from None
    return {key: Reason(entry) if isinstance(entry, str) else entry for key, entry in found.items()}
