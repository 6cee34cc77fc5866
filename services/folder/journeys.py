"""What becomes of each color in another region and when it comes home, by both tables."""

from typing import Any, Final

from healthcode.values import Color, EvidenceClass
from services.recognition.domain.translation import Translation

SHOWN: Final = (Color.GREEN, Color.YELLOW, Color.RED)
STEPS: Final = ("status", "there", "home")


def journeys(home: Translation, there: Translation) -> list[dict[str, Any]]:
    """Every color that judges: what it leaves as, what it is there, what it counts as where it comes home.

    Classes of evidence that fare alike are one row; the first of them has the row of the most.
    """
    found = []
    for color in SHOWN:
        fares: dict[tuple[str, str, str], list[str]] = {}
        for evidence in EvidenceClass:
            status = home.to_national(color, evidence)
            fare = (
                status.value,
                there.to_local(status, evidence).color.value,
                home.to_local(status, evidence).color.value,
            )
            fares.setdefault(fare, []).append(evidence.value)
        usual = max(fares, key=lambda fare: len(fares[fare]))
        for fare, classes in fares.items():
            told = "*" if fare == usual else ", ".join(classes)
            found.append({"color": color.value, "evidence": told, **dict(zip(STEPS, fare, strict=True))})
    return found
