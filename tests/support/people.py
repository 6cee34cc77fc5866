"""Made-up people for tests: valid document numbers, and the bodies of their declarations."""

from datetime import date, timedelta
from typing import Any

from healthcode.identity import check_digit

BIRTH = date(1950, 1, 1)


def id_number(index: int, division: str = "330106") -> str:
    """A valid GB 11643 number that belongs to nobody; another one for each index."""
    born = BIRTH + timedelta(days=index % 20_000)
    first = f"{division}{born:%Y%m%d}{index // 20_000:03d}"
    return first + check_digit(first)


def declaration(index: int, *, area: str = "330106", **health: Any) -> dict[str, Any]:
    """The body of a declaration."""
    return {
        "basic": {
            "name": f"测试{index}",
            "id_type": "resident_id",
            "id_number": id_number(index),
            "phone": f"139{index:08d}",
            "address": f"文三路{index}号",
            "residence": area,
        },
        "health": {"temperature": 36.5, "symptoms": [], "contact": False, "stays": [], "promise": True, **health},
    }


def entry(index: int) -> dict[str, Any]:
    """The body of a list entry on that person."""
    return {
        "person": {"id_type": "resident_id", "id_number": id_number(index)},
        "category": "close_contact",
        "evidence": "疾控〔2020〕17号",
        "valid_from": "2026-01-01T00:00:00+08:00",
    }
