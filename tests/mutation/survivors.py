"""Which mutants of a pack no case of its table notices."""

from typing import Any, Final, NamedTuple

import yaml
from pydantic import ValidationError

from services.audit.domain import Policy
from services.audit.domain.cases import Look, expected, judged
from services.audit.domain.policy.check import problems
from services.audit.domain.policy.pack import Pack
from tests.mutation.mutants import mutants
from tests.support.cases import Table, looks

EQUIVALENT: Final = ".equivalent.yaml"


class Verdict(NamedTuple):
    """How the mutants of a pack fared; `survivors` includes those that are said to be equivalent."""

    killed: int
    refused: int
    survivors: tuple[str, ...]


def verdict(table: Table) -> Verdict:
    """Run every mutant of a pack against its table, until a case notices it."""
    lines = [(look, expected(look)) for look in looks(table)]
    killed, refused, survivors = 0, 0, list[str]()
    for change, document in mutants(yaml.safe_load(table.pack.read_text("utf-8"))):
        policy = _policy(document)
        if policy is None:
            refused += 1
        elif _noticed(policy, lines, table):
            killed += 1
        else:
            survivors.append(change)
    return Verdict(killed, refused, tuple(survivors))


def equivalent(table: Table) -> dict[str, str]:
    """The mutants that no case can notice, each with the reason; beside the cases."""
    folder = table.pack.parent.parent / "cases"
    file = folder / f"{table.pack.stem}{EQUIVALENT}"
    return yaml.safe_load(file.read_text("utf-8")) if file.is_file() else {}


def _policy(document: dict[str, Any]) -> Policy | None:
    try:
        pack = Pack.model_validate(document)
    except ValidationError:
        return None
    return None if next(problems(pack), None) else Policy(pack)


def _noticed(policy: Policy, lines: list[tuple[Look, dict[str, Any]]], table: Table) -> bool:
    return any(judged(look, policy, table.zone) != told for look, told in lines)
