"""Lines over time as an SVG, one panel under another: a picture that a page can show, without a library for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH, PANEL, GAP, LEFT, RIGHT, TOP = 860, 130, 46, 64, 190, 34
COLORS: Final = ("#1f6feb", "#d9480f", "#2b8a3e", "#862e9c", "#c2255c", "#5c940d", "#495057", "#0b7285")
TICKS: Final = 4
FONT: Final = 'font-family="sans-serif" font-size="11"'
MOST_POINTS: Final = 600


@dataclass(frozen=True)
class Panel:
    """One panel: its lines by name, all over the same times."""

    title: str
    lines: Mapping[str, Sequence[float]]


def svg(title: str, minutes: Sequence[float], panels: Sequence[Panel]) -> str:
    """The picture; all panels share the axis of minutes, each has its own from zero."""
    height = TOP + len(panels) * (PANEL + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {FONT}>',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT}" y="18" font-size="14" font-weight="bold">{escape(title)}</text>',
    ]
    for number, panel in enumerate(panels):
        parts += _panel(panel, minutes, TOP + number * (PANEL + GAP) + 18)
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel, minutes: Sequence[float], top: float) -> list[str]:
    highest = _rounded(max((max(line, default=0.0) for line in panel.lines.values()), default=0.0))
    last = max(minutes[-1], 0.1) if minutes else 0.1
    inside = WIDTH - LEFT - RIGHT
    parts = [f'<text x="{LEFT}" y="{top - 6}" font-weight="bold">{escape(panel.title)}</text>']
    for tick in range(TICKS + 1):
        y, x = top + PANEL - PANEL * tick / TICKS, LEFT + inside * tick / TICKS
        parts.append(f'<path d="M{LEFT} {y:.1f}h{inside}" stroke="#dee2e6"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_number(highest * tick / TICKS)}</text>')
        minute = _number(last * tick / TICKS)
        parts.append(f'<text x="{x:.1f}" y="{top + PANEL + 14}" text-anchor="middle">{minute} min</text>')
    step = max(1, len(minutes) // MOST_POINTS)
    for number, (name, line) in enumerate(panel.lines.items()):
        color = COLORS[number % len(COLORS)]
        points = " ".join(
            f"{LEFT + inside * minutes[i] / last:.1f},{top + PANEL - PANEL * line[i] / highest:.1f}"
            for i in range(0, len(minutes), step)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.3"/>')
        y = top + 10 + 15 * number
        parts.append(f'<path d="M{WIDTH - RIGHT + 12} {y - 4}h14" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 31}" y="{y}">{escape(name)}</text>')
    return parts


def _rounded(highest: float) -> float:
    """The end of an axis that holds `highest`: a number with one or two digits that count, above zero."""
    size = 1.0
    while size * 10 <= highest:
        size *= 10
    while size > highest > 0:
        size /= 10
    return next((size * times for times in (1, 1.5, 2, 3, 4, 6, 8, 10) if size * times >= highest), size * 10)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"
