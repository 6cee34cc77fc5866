"""What the issuer reads of a region's folder beside its region.yaml."""

from pathlib import Path
from typing import Final

from chassis.documents import DocumentError, read_yaml
from healthcode.foreign import ForeignTable, KeysError, RulesError, keys_file, table_from

FOREIGN: Final = "foreign.yaml"


def read_foreign(folder: Path) -> ForeignTable | None:
    """What a region makes of certificates of other systems; None where it takes none.

    Raises DocumentError, which names the file and what to write.
    """
    path = folder / FOREIGN
    if not path.exists():
        return None
    document = read_yaml(path)
    try:
        return table_from(document, (folder / keys_file(document)).read_bytes())
    except OSError as error:
        raise DocumentError(
            f"{path}:1: keys: {error.filename} cannot be read; docs/foreign.md says what is in it"
        ) from None
    except (RulesError, KeysError) as error:
        raise DocumentError(f"{path}:1: {error}") from None
