"""What can go wrong, each with the exit code that tells it."""

from typing import Final

NOT_ALL: Final = 1
"""The command was carried out, and some of what it was for did not succeed; the answer says what."""
REFUSED: Final = 3
"""The server refused it: the sentence says what to change."""
AWAY: Final = 4
"""The server cannot be reached, or is not well: try again."""


class CliError(Exception):
    """Ends the program with a sentence on stderr."""

    def __init__(self, sentence: str, code: int) -> None:
        """`code`: one of the above; 2 is for a wrong command line."""
        super().__init__(sentence)
        self.code = code
