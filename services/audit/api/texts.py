"""What a region says about its reasons, by language and key."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from chassis.documents import read_document
from healthcode.values import Lang

LANGUAGES: Final[tuple[Lang, ...]] = ("zh", "en")


class _Reason(msgspec.Struct):
    """What is read here of an entry of `reasons.<lang>.yaml`."""

    text: str


class Reasons:
    """The texts of reasons; a key without a text stands for itself."""

    def __init__(self, texts: Mapping[Lang, Mapping[str, str]]) -> None:
        self._texts = texts

    @classmethod
    def read(cls, folder: Path) -> "Reasons":
        """The texts of a region's folder. Raises DocumentError for a file that does not map keys to texts."""
        return cls({lang: _read(folder / f"reasons.{lang}.yaml") for lang in LANGUAGES})

    @property
    def keys(self) -> frozenset[str]:
        """The reasons that every language has a text for."""
        return frozenset.intersection(*(frozenset(texts) for texts in self._texts.values()))

    def text(self, key: str, lang: Lang) -> str:
        """What is said of a reason."""
        return self._texts.get(lang, {}).get(key, key)


def _read(path: Path) -> Mapping[str, str]:
    if not path.is_file():
        return {}
    document = read_document(path)
    try:
        found = msgspec.convert(document.content or {}, dict[str, _Reason | str])
    except msgspec.ValidationError as error:
        raise document.refusal(error) from None
    return {key: entry if isinstance(entry, str) else entry.text for key, entry in found.items()}
