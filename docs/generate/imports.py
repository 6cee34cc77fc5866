"""A drawing of who imports whom: rooms as boxes, floors as rows; an arrow that goes up would be drawn red."""

from collections import Counter
from pathlib import Path
from typing import Final

import grimp

PATH: Final = "docs/import-graph.svg"
PACKAGES: Final = ("healthcode", "chassis", "services", "demo")
SERVICES: Final = ("declaration", "audit", "issuer", "recognition", "connector", "oversight", "subscription", "portal")
"""In the order of the flow; a new service gets a column by its name here."""
ROOMS: Final = ("bootstrap", "api", "stream", "store", "handlers", "ports", "domain")
FLOOR_OF: Final = {
    "__main__": 0.5,
    "bootstrap": 1,
    "api": 2,
    "stream": 2,
    "store": 2,
    "config": 3,
    "handlers": 3,
    "ports": 4,
    "domain": 5,
}
COLUMN, ROW, WIDTH, HEIGHT = 260, 74, 64, 26
ALL: Final = len(SERVICES) * COLUMN
# The middle and the width of boxes that are no room of a service.
WIDE: Final = {
    "services": (ALL * 3 // 8, ALL // 2 - 20),
    "demo": (ALL * 13 // 16, ALL * 5 // 16),
    "chassis": (ALL // 2, ALL - 40),
    "healthcode": (ALL // 2, ALL - 40),
}
UP: Final = "#c00"
ARROW: Final = {"chassis": "#7fa3d1", "healthcode": "#8fc7a3"} | dict.fromkeys(("", "services", "demo"), "#667")


def import_documents(root: Path) -> dict[str, str]:
    """File name → text of the drawing."""
    del root
    return {PATH: draw(arrows())}


def place(module: str) -> str | None:
    """The box of a module: a service's room, or a package of its own."""
    parts = module.split(".")
    if parts[0] != "services":
        return parts[0]
    if len(parts) == 1 or parts[1] in {"__main__", "folder"}:
        return "services"
    if len(parts) < 3:
        return None
    return f"{parts[1]}.{parts[2]}"


def arrows() -> Counter[tuple[str, str]]:
    """How many imports go from box to box."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    found: Counter[tuple[str, str]] = Counter()
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            here, there = place(importer), place(imported)
            if here and there and here != there:
                found[here, there] += 1
    return found


def floor(box: str) -> float:
    """Floors from the top: entry points 0 … domain 5, chassis 6, healthcode 7."""
    if box in ("services", "demo"):
        return 0
    if box == "chassis":
        return 6
    if box == "healthcode":
        return 7
    return FLOOR_OF.get(box.partition(".")[2], 5)


def _position(box: str) -> tuple[int, int]:
    """The middle of a box."""
    y = round(30 + floor(box) * ROW)
    if box in WIDE:
        return WIDE[box][0], y
    service, _, room = box.partition(".")
    x = SERVICES.index(service) * COLUMN + COLUMN // 2
    return x + {"api": -78, "store": 78, "config": 78, "__main__": -78}.get(room, 0), y


def _end(here: str, there: str) -> tuple[int, int]:
    """Where an arrow ends: on a wide box straight below its start, a little to the side for each floor."""
    x, y = _position(there)
    if there in WIDE and here not in WIDE:
        x = _position(here)[0] + round((floor(here) - 3) * 5) + (16 if there == "healthcode" else -16)
    return x, y - HEIGHT // 2


def _box(box: str) -> str:
    (x, y), wide = _position(box), WIDE[box][1] if box in WIDE else WIDTH
    name = box.partition(".")[2] or box
    return (
        f'<rect x="{x - wide // 2}" y="{y - HEIGHT // 2}" width="{wide}" height="{HEIGHT}" rx="4" fill="#f4f7fa" '
        f'stroke="#456"/><text x="{x}" y="{y + 4}" text-anchor="middle">{name}</text>'
    )


def _arrow(here: str, there: str, count: int) -> str:
    (x1, y1), (x2, y2) = _position(here), _end(here, there)
    color = UP if floor(there) < floor(here) else ARROW[there if there in WIDE else ""]
    start = x2 if there in WIDE and here not in WIDE else x1
    return (
        f'<line x1="{start}" y1="{y1 + HEIGHT // 2}" x2="{x2}" y2="{y2}" stroke="{color}" '
        f'stroke-width="{min(0.7 + count / 14, 3):.1f}" marker-end="url(#a)">'
        f"<title>{here} → {there}: {count}</title></line>"
    )


def draw(found: Counter[tuple[str, str]]) -> str:
    """The drawing as SVG."""
    boxes = sorted({box for pair in found for box in pair})
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {ALL} 600" font-family="sans-serif" font-size="11">',
        '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="5" markerHeight="5" orient="auto">',
        f'<path d="M0 0 8 4 0 8z" fill="#445"/></marker></defs><rect width="{ALL}" height="600" fill="#fff"/>',
    )
    names = (
        f'<text x="{index * COLUMN + COLUMN // 2}" y="76" text-anchor="middle" font-weight="bold">{service}</text>'
        for index, service in enumerate(SERVICES)
    )
    arrows = (_arrow(here, there, count) for (here, there), count in sorted(found.items()))
    legend = (
        '<text x="20" y="592" fill="#445">width: how many imports · blue: to chassis · green: to healthcode · '
        "an arrow that goes up would be red</text>"
    )
    return "\n".join([*head, *arrows, *map(_box, boxes), *names, legend, "</svg>", ""])
