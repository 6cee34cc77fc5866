"""A drawing of who imports whom: rooms as boxes, floors as rows; an arrow that goes up would be drawn red."""

from collections import Counter
from pathlib import Path
from typing import Final

import grimp

PATH: Final = "docs/import-graph.svg"
PACKAGES: Final = ("healthcode", "chassis", "services", "demo")
SERVICES: Final = ("declaration", "audit", "issuer", "recognition")
ROOMS: Final = ("bootstrap", "api", "stream", "store", "handlers", "ports", "domain")
FLOOR_OF: Final = {
    "__main__": 0,
    "bootstrap": 1,
    "api": 2,
    "stream": 2,
    "store": 2,
    "handlers": 3,
    "ports": 4,
    "domain": 5,
}
COLUMN, ROW, WIDTH, HEIGHT = 250, 74, 64, 26


def import_documents(root: Path) -> dict[str, str]:
    """File name → text of the drawing."""
    del root
    return {PATH: draw(arrows())}


def place(module: str) -> str | None:
    """The box of a module: a service's room, or a package of its own."""
    parts = module.split(".")
    if parts[0] != "services":
        return parts[0]
    if len(parts) == 1 or parts[1] == "__main__":
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


def floor(box: str) -> int:
    """Floors from the top: entry points 0 … domain 5, chassis 6, healthcode 7."""
    if box in ("services", "demo"):
        return 0
    if box == "chassis":
        return 6
    if box == "healthcode":
        return 7
    return FLOOR_OF.get(box.partition(".")[2], 5)


def _position(box: str) -> tuple[int, int]:
    y = 30 + floor(box) * ROW
    if box in ("chassis", "healthcode", "services", "demo"):
        return {"demo": 2 * COLUMN + 420, "services": 2 * COLUMN}.get(box, 2 * COLUMN), y
    service, _, room = box.partition(".")
    x = SERVICES.index(service) * COLUMN + 110
    shift = {"api": -78, "stream": 0, "store": 78, "config": 78, "__main__": -78}.get(room, 0)
    return x + shift, 30 + ROW + (
        0 if room == "config" else floor(box) - 1
    ) * ROW if room != "__main__" else y + ROW - 34


def draw(found: Counter[tuple[str, str]]) -> str:
    """The drawing as SVG."""
    boxes = sorted({box for pair in found for box in pair})
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1040 600" font-family="sans-serif" font-size="11">',
        '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="5" markerHeight="5" orient="auto">',
        '<path d="M0 0 8 4 0 8z" fill="#667"/></marker></defs>',
        '<rect width="1040" height="600" fill="#fff"/>',
    ]
    for (here, there), count in sorted(found.items()):
        (x1, y1), (x2, y2) = _position(here), _position(there)
        color = "#c00" if floor(there) < floor(here) else "#9ab"
        lines.append(
            f'<line x1="{x1}" y1="{y1 + HEIGHT // 2}" x2="{x2}" y2="{y2 - HEIGHT // 2}" stroke="{color}" '
            f'stroke-width="{min(0.6 + count / 12, 3):.1f}" marker-end="url(#a)">'
            f"<title>{here} → {there}: {count}</title></line>"
        )
    for box in boxes:
        x, y = _position(box)
        name = box.partition(".")[2] or box
        wide = WIDTH if "." in box else 340
        lines.append(
            f'<rect x="{x - wide // 2}" y="{y - HEIGHT // 2}" width="{wide}" height="{HEIGHT}" rx="4" fill="#f4f7fa" '
            f'stroke="#456"/><text x="{x}" y="{y + 4}" text-anchor="middle">{name}</text>'
        )
    lines += [
        f'<text x="{index * COLUMN + 110}" y="72" text-anchor="middle" font-weight="bold">{service}</text>'
        for index, service in enumerate(SERVICES)
    ]
    return "\n".join([*lines, "</svg>", ""])
