"""Graphs as SVG, many small ones on a sheet: the dashboards' panels as they would be seen, without Grafana.

A plotting library would bring its fonts, numpy and a picture ten times the size; two hundred lines of text do here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

COLORS: Final = (
    *("#1f6feb", "#d9480f", "#2b8a3e", "#862e9c", "#c2255c", "#5c940d", "#0b7285", "#e67700"),
    *("#364fc7", "#a61e4d", "#087f5b", "#495057"),
)
NAMED: Final = {"green": "#2b8a3e", "yellow": "#f2b705", "red": "#c92a2a", "grey": "#adb5bd", "pending": "#74c0fc"}
WIDTH, HEIGHT, COLUMNS = 460, 236, 2
LEFT, RIGHT, TOP, PLOT = 58, 14, 44, 120
TICKS: Final = 4
LEGENDS: Final = 6
FONT: Final = 'font-family="sans-serif" font-size="10.5"'
PER_ROW: Final = 2

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One line: its name, and its points by seconds and value."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Graph:
    """One graph of a sheet. `unit`: s, bytes, percentunit, or anything else for plain numbers."""

    title: str
    note: str
    unit: str
    lines: Sequence[Line]
    stacked: bool = False
    bound: float | None = None


def sheet(title: str, graphs: Sequence[Graph], start: float, end: float) -> str:
    """All graphs over the same time, from `start` to `end`, as one picture."""
    rows = -(-len(graphs) // COLUMNS)
    width, height = COLUMNS * WIDTH, 40 + rows * HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {FONT}>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="14" y="25" font-size="16" font-weight="bold" fill="#212529">{escape(title)}</text>',
    ]
    for number, graph in enumerate(graphs):
        row, column = divmod(number, COLUMNS)
        parts.append(f'<g transform="translate({column * WIDTH} {40 + row * HEIGHT})">')
        parts += [*_graph(graph, start, end), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _graph(graph: Graph, start: float, end: float) -> list[str]:
    lines = _largest(graph)
    shown = _stacked(lines) if graph.stacked else [(line, [0.0] * len(line.points)) for line in lines]
    highest = _rounded(max((value for line, _ in shown for _, value in line.points), default=0.0), graph.unit)
    inside = WIDTH - LEFT - RIGHT
    parts = [
        f'<rect x="4" y="2" width="{WIDTH - 8}" height="{HEIGHT - 8}" rx="4" fill="#fff" stroke="#dee2e6"/>',
        f'<text x="14" y="19" font-size="12" font-weight="bold" fill="#212529">{escape(graph.title)}</text>',
        f'<text x="14" y="33" fill="#868e96">{escape(_cut(graph.note, 72))}</text>',
    ]
    for tick in range(TICKS + 1):
        y = TOP + PLOT * (1 - tick / TICKS)
        x = LEFT + inside * tick / TICKS
        parts.append(f'<path d="M{LEFT} {y:.1f}h{inside}" stroke="#e9ecef"/>')
        parts.append(_text(LEFT - 5, y + 3.5, _number(highest * tick / TICKS, graph.unit), "end"))
        parts.append(_text(x, TOP + PLOT + 13, _minutes((end - start) * tick / TICKS), "middle"))

    def place(at: float, value: float) -> str:
        return (
            f"{LEFT + inside * (at - start) / (end - start):.1f},{TOP + PLOT * (1 - min(value, highest) / highest):.1f}"
        )

    for number, (line, floor) in enumerate(reversed(shown) if graph.stacked else shown):
        color = _color(line.name, len(shown) - 1 - number if graph.stacked else number)
        top = [place(at, value) for at, value in line.points]
        if graph.stacked:
            back = [place(at, low) for (at, _), low in zip(line.points, floor, strict=True)]
            parts.append(f'<polygon points="{" ".join([*top, *reversed(back)])}" fill="{color}" fill-opacity="0.55"/>')
        parts.append(f'<polyline points="{" ".join(top)}" fill="none" stroke="{color}" stroke-width="1.4"/>')
    if graph.bound is not None and graph.bound <= highest:
        height = place(start, graph.bound).partition(",")[2]
        parts.append(f'<path d="M{LEFT} {height}h{inside}" stroke="#c92a2a" stroke-dasharray="4 3"/>')
    return parts + _legend([line.name for line, _ in shown], len(graph.lines))


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#495057">{text}</text>'


def _legend(names: Sequence[str], there: int) -> list[str]:
    parts = []
    step = (WIDTH - 28) / PER_ROW
    for number, name in enumerate(names):
        row, column = divmod(number, PER_ROW)
        x, y = 14 + column * step, TOP + PLOT + 30 + 14 * row
        parts.append(f'<path d="M{x:.0f} {y - 4}h12" stroke="{_color(name, number)}" stroke-width="3"/>')
        parts.append(f'<text x="{x + 17:.0f}" y="{y}" fill="#495057">{escape(_cut(name, 38))}</text>')
    if there > len(names):
        more = f"{there - len(names)} lower ones left out"
        parts.append(f'<text x="{WIDTH - 14}" y="19" text-anchor="end" fill="#868e96">{more}</text>')
    if not names:
        parts.append(f'<text x="{WIDTH // 2}" y="{TOP + PLOT // 2}" text-anchor="middle" fill="#868e96">nothing</text>')
    return parts


def _largest(graph: Graph) -> list[Line]:
    """The highest lines; those that stay at zero only where all do."""
    by_height = sorted(graph.lines, key=_height, reverse=True)
    kept = {id(line) for line in by_height[:LEGENDS] if _height(line) > 0 or _height(by_height[0]) == 0}
    return [line for line in graph.lines if id(line) in kept]


def _height(line: Line) -> float:
    return max((value for _, value in line.points), default=0.0)


def _stacked(lines: Sequence[Line]) -> list[tuple[Line, list[float]]]:
    """Each line on top of those before it, with what it stands on."""
    below: dict[float, float] = {}
    found = []
    for line in lines:
        floor = [below.get(at, 0.0) for at, _ in line.points]
        points = [(at, value + low) for (at, value), low in zip(line.points, floor, strict=True)]
        below |= dict(points)
        found.append((Line(line.name, points), floor))
    return found


def _color(name: str, number: int) -> str:
    return NAMED.get(name.rpartition(" ")[2], COLORS[number % len(COLORS)])


def _rounded(highest: float, unit: str) -> float:
    """The end of an axis that holds `highest`, above zero."""
    if unit == "bytes":
        size = float(1 << 20)
        while size * 4 < highest:
            size *= 2
        return size * 4
    size = 1e-4
    while size * 10 <= highest:
        size *= 10
    steps = (1, 1.6, 2, 3, 4, 6, 8, 10)
    return next((size * times for times in steps if size * times >= highest), size * 10) if highest else 1.0


def _number(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value * 1000:.3g} ms" if 0 < value < 1 else f"{value:.3g} s"
    if unit == "bytes":
        return f"{value / (1 << 20):.0f} MiB"
    if unit == "percentunit":
        return f"{value:.0%}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
