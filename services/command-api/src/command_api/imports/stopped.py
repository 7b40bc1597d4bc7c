"""Why the rest of a file is not read."""

AGAIN = "send the same file again under the same Idempotency-Key, and it goes on where it ended"
REST = "send the rows after that in another file, with the header, under another Idempotency-Key"


class Stopped(Exception):
    """The rest of the file is not read. ``rule`` is a snake_case fact; ``detail`` says why, and how to go on."""

    def __init__(self, status: int, rule: str, detail: str) -> None:
        super().__init__(rule)
        self.status = status
        self.rule = rule
        self.detail = detail
