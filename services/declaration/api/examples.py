"""One example for each request, as the OpenAPI document shows them."""

from typing import Any, Final

BASIC: Final[dict[str, Any]] = {
    "name": "王小明",
    "id_type": "resident_id",
    "id_number": "330106199003070014",
    "phone": "13800000000",
    "address": "文三路 90 号",
    "residence": "330106",
}
DECLARATION: Final[dict[str, Any]] = {
    "basic": BASIC,
    "health": {
        "temperature": 36.5,
        "symptoms": [],
        "contact": False,
        "stays": [{"area": "420100", "since": "2020-01-24", "until": "2020-02-01"}],
        "promise": True,
    },
}
CHECK_IN: Final[dict[str, Any]] = {"temperature": 36.4, "symptoms": []}
TRIP: Final[dict[str, Any]] = {
    "destination": "420000",
    "area": "420100",
    "since": "2020-02-12",
    "until": "2020-02-16",
}
DEPENDANT: Final[dict[str, Any]] = {
    "basic": {**BASIC, "name": "王小小", "id_number": "330106201506010021"},
    "relation": "child",
    "until": "2023-02-11",
}
CONSENT: Final[dict[str, Any]] = {"until": "2020-08-11"}
SIGHTING: Final[dict[str, Any]] = {
    "guardian": {"id_type": "resident_id", "id_number": "330106199003070014"},
    "dependant": {"id_type": "resident_id", "id_number": "330106201506010021"},
    "evidence": "户口簿 330106-1987-22",
    "until": "2020-08-11",
}
CONFIRMATION: Final[dict[str, Any]] = {"agreed": True}

NDJSON: Final = (
    '{"kind":"declaration","basic":{"name":"王小明","id_type":"resident_id","id_number":"330106199003070014",'
    '"phone":"13800000000","address":"文三路 90 号","residence":"330106"},'
    '"health":{"temperature":36.5,"symptoms":[],"contact":false,"promise":true}}\n'
    '{"kind":"check_in","person":{"id_type":"resident_id","id_number":"330106199003070014"},"temperature":36.4}\n'
    '{"kind":"trip","person":{"id_type":"resident_id","id_number":"330106199003070014"},'
    '"destination":"420000","area":"420100","since":"2020-02-12"}\n'
)
CSV: Final = (
    "kind,name,id_type,id_number,phone,address,residence,temperature,symptoms,contact,promise,stays\n"
    "declaration,王小明,resident_id,330106199003070014,13800000000,文三路 90 号,330106,36.5,,false,true,"
    "420100/2020-01-24/2020-02-01\n"
    "check_in,,resident_id,330106199003070014,,,,36.4,cough;fatigue,,,\n"
)

CORRECTION: Final[dict[str, Any]] = {
    "category": "not_me",
    "fact": "0170324ec8007f1d8a3b5c6d7e8f9012.1",
    "statement": "我从未去过该医院。",
}


def shown(example: dict[str, Any]) -> Any:
    """An example in the form in which FastAPI takes it."""
    return {"example": {"value": example}}
