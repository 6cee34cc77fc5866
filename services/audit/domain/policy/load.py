"""A pack's text into a policy; what is wrong with it is told by line, with what to write instead."""

import re
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import Final, NamedTuple

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from healthcode.yaml_text import doubled, line_of, not_yaml
from services.audit.domain.policy.arguments import Part
from services.audit.domain.policy.check import problems
from services.audit.domain.policy.pack import Pack
from services.audit.domain.policy.policy import Policy
from services.audit.domain.policy.predicates import NAMES


def _keys(part: type[Part]) -> Iterator[str]:
    """Every key that a pack can have."""
    for each in part.__subclasses__():
        yield from (field.alias or name for name, field in each.model_fields.items())


_KEYS: Final = tuple(dict.fromkeys(_keys(Part)))


DATES: Final = {"effective", "until", "replaces"}
"""What of a pack says when, and not what."""


class PolicyError(ValueError):
    """A pack is not valid; the text has a line for each problem: file, line, what is wrong, what to write."""

    def __init__(self, found: Sequence[str]) -> None:
        super().__init__("\n".join(found))
        self.found = tuple(found)


class Reading(NamedTuple):
    """A pack as it was read, with what knows the line of each of its parts."""

    source: str
    root: yaml.Node | None
    policy: Policy

    def problem(self, place: Sequence[str | int], what: str) -> str:
        """A problem with its file and line."""
        return f"{self.source}:{line_of(self.root, place)}: {what}"

    def without_text(self, reasons: Collection[str]) -> list[str]:
        """The problems of rules whose reason is none of the region's texts: nobody could read why."""
        return [
            self.problem(("rules", number, "reason"), _no_text(rule.reason, reasons))
            for number, rule in enumerate(self.policy.pack.rules)
            if rule.reason not in reasons
        ]

    def same_rules(self, other: Policy) -> bool:
        """Whether another policy says the same, whenever it begins."""
        mine, theirs = (each.pack.model_dump(exclude=DATES) for each in (self.policy, other))
        return mine == theirs


def load_policy(text: str, source: str) -> Policy:
    """The policy in the text of a pack; `source` names its file in errors. Raises PolicyError."""
    return read_pack(text, source).policy


def read_pack(text: str, source: str) -> Reading:
    """As `load_policy`, with the lines."""
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        document = None if root is None else loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PolicyError([f"{source}:{line}: {not_yaml(error.problem)}"]) from None
    except (yaml.YAMLError, ValueError) as error:
        raise PolicyError([f"{source}:1: {not_yaml(str(error))}"]) from None
    if twice := doubled(root):
        raise PolicyError([f"{source}:{line}: {what}" for line, what in twice])
    try:
        pack = Pack.model_validate(document)
    except ValidationError as error:
        raise PolicyError([_said(source, root, each) for each in _causes(error)]) from None
    if found := [f"{source}:{line_of(root, place)}: {what}" for place, what in problems(pack)]:
        raise PolicyError(found)
    return Reading(source, root, Policy(pack))


def pack_text(policy: Policy) -> str:
    """A policy as the text of a pack, which reads as the same one."""
    return policy.pack.model_dump_json(by_alias=True, exclude_unset=True, indent=2)


def _no_text(reason: str, reasons: Collection[str]) -> str:
    near = get_close_matches(reason, sorted(reasons), n=1)
    hint = f"write {near[0]!r}, or add it" if near else "add it"
    return f"the reason {reason!r} has no text: {hint} to reasons.zh.yaml and reasons.en.yaml"


def _causes(error: ValidationError) -> list[ErrorDetails]:
    """The errors without those that only say that the parts with errors are left out."""
    found = error.errors(include_url=False)
    within = {other["loc"][:length] for other in found for length in range(len(other["loc"]))}
    return [each for each in found if each["type"] != "too_short" or each["loc"] not in within]


def _said(source: str, root: yaml.Node | None, error: ErrorDetails) -> str:
    place = error["loc"]
    where = ".".join(str(part) for part in place)
    return f"{source}:{line_of(root, place)}: {where}: {_advice(error)}"


def _advice(error: ErrorDetails) -> str:
    """What is wrong, and what to write."""
    kind, key = error["type"], str(error["loc"][-1]) if error["loc"] else ""
    if kind == "extra_forbidden":
        near = get_close_matches(key, _KEYS, n=1)
        return f"unknown key {key!r}: " + (f"write {near[0]!r}" if near else "leave it out")
    if kind == "predicate" and isinstance(error["input"], dict) and len(error["input"]) == 1:
        (name,) = error["input"]
        near = get_close_matches(str(name), NAMES, n=1)
        return f"there is no predicate {name!r}: write {near[0]!r}" if near else error["msg"]
    if kind == "missing":
        return f"{key!r} is missing: add it"
    if kind in {"enum", "literal_error"}:
        allowed = re.sub(r"<[\w.]+: ('\w+')>", r"\1", str(error.get("ctx", {}).get("expected", "")))
        near = get_close_matches(str(error["input"]), re.findall(r"'([^']+)'", allowed), n=1)
        hint = f"write {near[0]!r}, or one of" if near else "write"
        return f"{error['input']!r} is none of the values: {hint} {allowed}"
    if kind == "timezone_aware":
        return "a time needs its zone: write it as 2020-02-11T00:00:00+08:00"
    return error["msg"].removeprefix("Value error, ")


def written(pack: Pack) -> str:
    """A pack as a text that reads as the same pack; the comments of its file are not in it."""
    document = pack.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)
