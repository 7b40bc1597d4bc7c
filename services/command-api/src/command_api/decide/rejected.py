"""How a rule says no."""

from uuid import UUID


class Rejected(Exception):
    """A command that a rule refuses. ``rule`` is a snake_case fact, stable; ``message`` says what to do; ``more`` names
    what is in the way, by its id."""

    def __init__(self, rule: str, message: str, **more: UUID) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.more = more
