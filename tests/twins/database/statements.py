"""What each statement of ours does: one function for one constant."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from tests.twins.database.engine import Row, Transaction

Answer: TypeAlias = "Sequence[Row] | int | None"
Statement: TypeAlias = "Callable[..., Awaitable[Answer]]"
Copy: TypeAlias = "Callable[[Transaction, Sequence[Mapping[str, Any]]], Awaitable[None]]"

STATEMENTS: Final[dict[str, Statement]] = {}
COPIES: Final[dict[str, Copy]] = {}


def statement(text: str) -> Callable[[Statement], Statement]:
    """Register what a statement does. It gets the transaction and the arguments; gives rows, or how many it deleted."""

    def register(does: Statement) -> Statement:
        if STATEMENTS.setdefault(text, does) is not does:
            raise ValueError(f"two functions for one statement: {text}")
        return does

    return register


def copied(table: str) -> Callable[[Copy], Copy]:
    """Register what a COPY into a table does."""

    def register(does: Copy) -> Copy:
        COPIES[table] = does
        return does

    return register


async def run(transaction: Transaction, text: str, args: Sequence[Any]) -> Answer:
    """Do what a statement does. Raises NotImplementedError for one that is not known."""
    does = STATEMENTS.get(text)
    if does is None:
        raise NotImplementedError(f"tests/twins/database knows no statement: {text}")
    found = await does(transaction, *args)
    return list(found) if isinstance(found, Sequence) else found


async def copy(transaction: Transaction, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Do what a COPY does."""
    await COPIES[table](transaction, rows)
