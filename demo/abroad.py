"""What a code counts as elsewhere, written down by hand from what the regions have published about their translations.

Not from the translator that is being checked, nor from the files that it reads: people read those and wrote this.
"""

from typing import Final

from demo.settings import GANSU, HUBEI, NATION, ZHEJIANG
from healthcode.values import Color, EvidenceClass

_LISTED: Final = EvidenceClass.LISTED
_CONTACT: Final = EvidenceClass.CONTACT

# From, to: on which evidence somebody yellow at home counts as red there; on any other as yellow.
YELLOW_COUNTS_RED: Final[dict[tuple[str, str], frozenset[EvidenceClass]]] = {
    # The nation tells yellow as medium. Zhejiang isolates on contact, Hubei also whoever is on a list.
    (NATION, ZHEJIANG): frozenset({_CONTACT}),
    (NATION, HUBEI): frozenset({_LISTED, _CONTACT}),
    (NATION, GANSU): frozenset(),
    # Zhejiang tells yellow on contact as high, all other yellow as medium.
    (ZHEJIANG, HUBEI): frozenset({_LISTED, _CONTACT}),
    (ZHEJIANG, GANSU): frozenset({_CONTACT}),
    # Hubei tells yellow on contact and on a list as high.
    (HUBEI, ZHEJIANG): frozenset({_LISTED, _CONTACT}),
    (HUBEI, GANSU): frozenset({_LISTED, _CONTACT}),
}
SAME_EVERYWHERE: Final = frozenset({Color.GREEN, Color.RED, Color.PENDING, Color.GREY})


def counts_as(origin: str, destination: str, color: Color, evidence: EvidenceClass) -> Color:
    """What a color at home, on some evidence, counts as in another region; KeyError for what is not in the table."""
    if color in SAME_EVERYWHERE:
        return color
    if color is Color.CANCELLED:
        return Color.GREY
    return Color.RED if evidence in YELLOW_COUNTS_RED[origin, destination] else Color.YELLOW
