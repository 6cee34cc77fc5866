"""Packs in the folders of this machine."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.errors import CliError

Folder = Annotated[Path, typer.Argument(help="A pack, a folder of packs, or a region's folder.")]
ENDINGS: Final = (".yaml", ".yml")


def packs_in(place: Path) -> dict[str, str]:
    """The texts of the packs of a place, by the path of each file. Raises CliError."""
    folder = place / "policy" if (place / "policy").is_dir() else place
    files = [folder] if folder.is_file() else sorted(each for each in folder.glob("*") if each.suffix in ENDINGS)
    if not files:
        raise CliError(f"There is no pack in {folder}: name a file that ends in .yaml, or a folder with such files.", 2)
    try:
        return {str(file): file.read_text("utf-8") for file in files}
    except (OSError, UnicodeDecodeError) as fault:
        raise CliError(f"{folder} cannot be read ({type(fault).__name__}): a pack is a text in UTF-8.", 2) from None


def side(place: str) -> dict[str, str]:
    """One side of a comparison: the last pack of a place, or, where there is no such place, a version of the region."""
    if not Path(place).exists():
        return {"version": place}
    file, text = list(packs_in(Path(place)).items())[-1]
    return {"file": file, "text": text}
