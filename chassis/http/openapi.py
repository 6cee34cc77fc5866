"""What is the same for every route in the OpenAPI document is said once."""

from typing import Any

from chassis.http.problems import MEDIA_TYPE, ProblemDocument, problem_types

_REF = {"$ref": "#/components/responses/Problem"}


def documented(document: dict[str, Any]) -> dict[str, Any]:
    """The document with problem responses for every operation, instead of FastAPI's own validation errors.

    Changes it in place; doing so again changes nothing.
    """
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for leftover in ("HTTPValidationError", "ValidationError"):
        schemas.pop(leftover, None)
    problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["ProblemDocument"] = problem
    components.setdefault("responses", {})["Problem"] = _problem_response()
    for path in document.get("paths", {}).values():
        for operation in path.values():
            _document_operation(operation)
    return document


def _document_operation(operation: dict[str, Any]) -> None:
    responses = operation.setdefault("responses", {})
    if "HTTPValidationError" in str(responses.get("422", "")):
        del responses["422"]
    responses.setdefault("default", _REF)


def _problem_response() -> dict[str, Any]:
    rows = "\n".join(f"| `{kind.code}` | {kind.status} | `{kind.urn}` | {kind.title_en} |" for kind in problem_types())
    return {
        "description": f"A problem (RFC 9457).\n\n| code | status | type | title |\n|---|---|---|---|\n{rows}",
        "headers": {"X-Request-Id": {"schema": {"type": "string"}, "description": "quote it when asking"}},
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    }
