class StackError(Exception):
    """What keeps the local broker and database from running, and what to do about it, in English and Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(f"{english}\n{chinese}")
        self.english = english
        self.chinese = chinese
