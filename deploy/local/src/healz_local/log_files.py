"""`logs`: the end of the log files, by the tool that everyone has for it."""

import os
from pathlib import Path

from healz_local.errors import LocalStackError
from healz_local.stack import Stack

LINES_OF_ONE = 100
LINES_OF_EACH = 15


def follow(stack: Stack, name: str | None, *, endless: bool) -> int:
    """Show the end of one log or of all; endless goes on as they grow, across rotation. Replaces this process."""
    files = _files(stack)
    chosen = list(files.values()) if name is None else [file for stem, file in files.items() if stem == name]
    there = [str(file) for file in chosen if file.exists()]
    if not there:
        known = f"; there are those of {', '.join(files)}" if files else ""
        raise LocalStackError(f"There is no log of {name or 'anything'} in {stack.settings.home}{known}.")
    lines = LINES_OF_ONE if name is not None else LINES_OF_EACH
    command = ["tail", "-n", str(lines), *(["-F"] if endless else []), *there]
    os.execvp(command[0], command)


def _files(stack: Stack) -> dict[str, Path]:
    files = {file.stem: file for file in sorted(stack.services.logs.glob("*.log"))}
    if stack.kafka is not None:
        files = {"kafka": stack.kafka.log_file, **files}
    if stack.postgres is not None:
        files = {"postgres": stack.postgres.log_file, **files}
    return files
