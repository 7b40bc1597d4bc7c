"""How a rule says no."""


class Rejected(Exception):
    """A command that a rule refuses. ``rule`` is a snake_case fact, stable; ``message`` says what to do."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
