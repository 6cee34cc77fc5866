"""The JSON Schema of policy packs, for editors: each pack names it in its first line."""

import json
from typing import Any, Final

from docs.generate.schemas import DIALECT
from services.audit.domain.policy.pack import Pack

PATH: Final = "docs/schemas/policy-pack.json"


def pack_documents() -> dict[str, str]:
    """File name → text of the schema."""
    head = {"$schema": DIALECT, "$id": "urn:healthcode:schema:policy-pack"}
    schema: dict[str, Any] = {**head, **Pack.model_json_schema()}
    for name in ("version", "replaces", "effective", "until"):
        # YAML reads 2020-02-11 as a date, which editors take for no text.
        schema["properties"][name] = _loosely(schema["properties"][name])
    return {PATH: json.dumps(schema, ensure_ascii=False, indent=2) + "\n"}


def _loosely(text: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in text.items() if key in {"title", "description", "default"}}
