"""Problem documents (RFC 9457): the one form in which every error leaves a service.

Codes are the return codes of the seven interfaces (GB/T 38963-2020): four digits, whose first says who has to act.

=====  =======================================================
0000   success
1xxx   the request is wrong: send another one
2xxx   the caller is unknown or may not do this
3xxx   the request does not fit the state it meets
4xxx   too much, too often: send it later
5xxx   the service is at fault or away: send it again later
=====  =======================================================

The chassis owns x000–x099 of every thousand and declares them in `chassis.http.standard`; a service declares its own
problems above those, with `problem_type`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, Field

SUCCESS = "0000"
TYPE_PREFIX = "urn:healthcode:problem:"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of problem; the detail texts may hold `{names}` that the raiser fills."""

    slug: str
    status: int
    code: str
    title_en: str
    title_zh: str
    detail_en: str = ""
    detail_zh: str = ""

    @property
    def urn(self) -> str:
        """The stable `type` member."""
        return TYPE_PREFIX + self.slug


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one place of a request, without the value that stands there.

    `pointer` is a JSON pointer in fragment form (`#/trips/0/to`) into the body; for anything else `parameter` says
    where and which (`query:limit`). `params` fills the texts of `chassis.http.wording`.
    """

    code: str
    pointer: str | None = None
    parameter: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it so
    """An error for the caller; raised anywhere behind a route, answered as a problem document."""

    def __init__(
        self,
        kind: ProblemType,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> None:
        """`params` fill the detail of `kind`; `extensions` become further members of the document."""
        super().__init__(kind.slug)
        self.kind = kind
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extensions = dict(extensions or {})
        self.params = params


_REGISTRY: dict[str, ProblemType] = {}


def problem_type(
    slug: str, status: int, code: str, title_en: str, title_zh: str, *, detail_en: str = "", detail_zh: str = ""
) -> ProblemType:
    """Declare a kind of problem.

    Raises ValueError when another kind already has the slug or the code.
    """
    kind = ProblemType(slug, status, code, title_en, title_zh, detail_en, detail_zh)
    for other in _REGISTRY.values():
        if other != kind and (other.slug == slug or other.code == code):
            raise ValueError(f"problem {slug} ({code}) collides with {other.slug} ({other.code})")
    _REGISTRY[slug] = kind
    return kind


def problem_types() -> tuple[ProblemType, ...]:
    """Every kind declared so far, by code."""
    return tuple(sorted(_REGISTRY.values(), key=lambda kind: kind.code))


class FieldErrorDocument(BaseModel):
    """One fault of the request; never the value."""

    code: str = Field(examples=["missing"])
    detail: str = Field(examples=["This is required."])
    pointer: str | None = Field(default=None, examples=["#/trips/0/to"], description="JSON pointer into the body")
    parameter: str | None = Field(default=None, examples=["query:limit"], description="place and name of a parameter")


class ProblemDocument(BaseModel):
    """A problem document (RFC 9457)."""

    type: str = Field(examples=["urn:healthcode:problem:invalid-request"], description="stable; decide by this")
    title: str = Field(examples=["Some fields are missing or wrong"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["Correct the fields listed under errors and send the request again."])
    instance: str = Field(examples=["urn:healthcode:request:7f3c2d0a9e4b4f06"], description="quote it when asking")
    code: str = Field(examples=["1002"], description="return code (GB/T 38963-2020), four digits")
    errors: list[FieldErrorDocument] | None = None
