"""A policy pack as its file is written: typed, dated data."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, model_validator

from healthcode.values import Act, Color, TestKind, TestResult, strictness
from services.audit.domain.policy.arguments import Count, Part, Span
from services.audit.domain.policy.predicates import Predicate

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Anchor = Literal["listed_at", "recorded_at", "delisted_at", "left_at", "declared_at", "sampled_at", "since"]


class Hold(Part):
    """So many whole days from a time that the facts give; 0: until that time, as the end of an entry or of a stay."""

    days: Annotated[int, Field(strict=True, ge=0, le=60)]
    from_: Annotated[Anchor, Field(alias="from")]


class CheckInsArgs(Part):
    """Normal check-ins on so many days running.

    `up_to`: no more than the days of the hold that were left when the fact became known.
    """

    streak: Annotated[int, Field(strict=True, ge=1, le=30)]
    up_to: bool = False


class TestsArgs(Part):
    """Tests sampled since the hold began: so many, so far apart.

    `from_day`: not before the beginning of that day, the day of the anchor being day 1.
    """

    __test__ = False  # the name is no test case of pytest's

    result: TestResult = TestResult.NEGATIVE
    kind: tuple[TestKind, ...] = tuple(TestKind)
    count: Count = 1
    apart_hours: Annotated[int, Field(strict=True, ge=0, le=240)] = 0
    from_day: Span | None = None


class Release(Part):
    """What must be met, all of it, beside the hold; of `any`, one is enough."""

    check_ins: CheckInsArgs | None = None
    tests: TestsArgs | None = None
    any: tuple["Release", ...] = ()

    @model_validator(mode="after")
    def _asks_something(self) -> "Release":
        if self.check_ins is None and self.tests is None and not self.any:
            raise ValueError("write `check_ins`, `tests` or `any`, or leave the release out")
        return self


class Then(Part):
    """A milder color for so many days after the rule's own has ended, and until its own release is met too."""

    color: Literal[Color.YELLOW]
    days: Span
    release: Release | None = None


class Rule(Part):
    """One rule. Without hold and release it applies while its condition does; else until both are met."""

    id: Annotated[str, Field(min_length=1, max_length=40)]
    when: Predicate
    color: Literal[Color.YELLOW, Color.RED]
    hold: Hold | None = None
    release: Release | None = None
    then: Then | None = None
    reason: Slug

    @model_validator(mode="after")
    def _stages_descend(self) -> "Rule":
        if self.then is None:
            return self
        if self.hold is None and self.release is None:
            raise ValueError("`then` follows a hold or a release: write one of them")
        if strictness(self.then.color) >= strictness(self.color):
            raise ValueError("`then` must be milder than `color`: leave it out")
        return self


class Text(Part):
    """A text in both languages. `{until}` stands for the end of the color, where it is known."""

    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class ColorAct(Part):
    """What a color means for what its bearer may and must do."""

    act: Act
    text: Text


class Colors(Part):
    """The act of each color."""

    pending: ColorAct
    green: ColorAct
    yellow: ColorAct
    red: ColorAct


def _as_text(value: Any) -> Any:
    """YAML reads 2020-02-11 as a date; a version is a text."""
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


Version = Annotated[str, BeforeValidator(_as_text), Field(min_length=1, max_length=40)]


class Pack(Part):
    """A pack.

    `replaces` is the version that it takes over from, left out by the first of a region; `until` is when it ends, which
    must be when the next one begins. `declaration_valid_days`: a declaration is evidence for so long, by default until
    the next one.
    """

    policy: Slug
    version: Version
    replaces: Version | None = None
    effective: AwareDatetime
    until: AwareDatetime | None = None
    declaration_valid_days: Annotated[int, Field(strict=True, ge=1, le=366)] | None = None
    colors: Colors
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
