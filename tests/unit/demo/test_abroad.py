"""The table made by hand against the translator that it is to check: where they differ, one of them is wrong."""

from pathlib import Path

import pytest

from chassis.documents import read_yaml
from demo.abroad import YELLOW_COUNTS_RED, counts_as
from healthcode.values import Color, EvidenceClass
from services.recognition.domain.translation import translation_from

REGIONS = Path("regions")
CLASSES = tuple(EvidenceClass)


@pytest.mark.parametrize(("origin", "destination"), sorted(YELLOW_COUNTS_RED))
def test_the_table_says_what_the_regions_say(origin: str, destination: str) -> None:
    home = translation_from(read_yaml(REGIONS / origin / "translation.yaml"))
    there = translation_from(read_yaml(REGIONS / destination / "translation.yaml"))
    for color in Color:
        for evidence in CLASSES:
            translated = there.to_local(home.to_national(color, evidence), evidence).color
            assert counts_as(origin, destination, color, evidence) is translated, (color, evidence)


def test_a_pair_that_nobody_wrote_down_is_no_pair() -> None:
    with pytest.raises(KeyError):
        counts_as("620000", "330000", Color.YELLOW, EvidenceClass.NONE)
