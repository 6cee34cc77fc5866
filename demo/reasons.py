"""What the regions' own texts say about the keys of reasons that come with a change."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from chassis.documents import read_yaml

LANGUAGES: Final = ("zh", "en")
Texts = Mapping[str, str]


class Reasons:
    """Texts by region and key, in both languages; a key that has none stands for itself."""

    def __init__(self, texts: Mapping[tuple[str, str], Mapping[str, str]]) -> None:
        """`texts`: by (region, language), then by key."""
        self._texts = texts

    @classmethod
    def read(cls, folder: Path, regions: tuple[str, ...]) -> "Reasons":
        """Read `reasons.<language>.yaml` of each region; raises DocumentError for a file that is none."""
        return cls(
            {
                (region, language): _texts(path)
                for region in regions
                for language in LANGUAGES
                if (path := folder / region / f"reasons.{language}.yaml").is_file()
            }
        )

    def of(self, region: str, key: str) -> dict[str, str]:
        """`{"key", "zh", "en"}`."""
        return {"key": key} | {
            language: self._texts.get((region, language), {}).get(key, key) for language in LANGUAGES
        }


def _texts(path: Path) -> dict[str, str]:
    found: Mapping[str, Any] = read_yaml(path) or {}
    return {key: entry if isinstance(entry, str) else str(entry["text"]) for key, entry in found.items()}
