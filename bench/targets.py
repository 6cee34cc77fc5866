"""What was set as a goal (design, section 12), and whether a rate meets it."""

from collections.abc import Mapping
from typing import Final

RATES: Final[Mapping[str, int]] = {"audit alone": 30_000, "audit, two workers": 30_000, "whole chain": 15_000}
"""Records a second on two cores, everything on the one machine."""
PEERS: Final[Mapping[str, float]] = {"quix": 2.0, "streams": 1.0}
"""The whole job of the audit, in times of what a peer does a second."""
BESIDE: Final = 2.0
"""Live traffic's p99 beside a storm, in times of what it is alone."""
RECOLORS: Final = 15_000
"""A second, in a storm."""


def verdict(reached: float, wanted: float, *, at_most: bool = False) -> str:
    """Met or short, and of how much."""
    met = reached <= wanted if at_most else reached >= wanted
    color, word = ("green", "met") if met else ("red", "short")
    return f"[{color}]{word}[/]: {'≤' if at_most else '≥'} {wanted:,g}"
