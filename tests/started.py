"""Healz's programs as processes that are forked from one which has imported them all.

Each is a process of its own, as its script would start it: with its environment, output and signals. But the imports,
two seconds of processor for the API alone, are paid for once in a run and not for each start.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from healz.read_models import READ_MODELS

PROGRAMS = {
    "command-api": "command_api.http.app",
    "relay": "command_api.relay.app",
    **{f"projector-{name}": f"projector_{name}.read_model" for name in READ_MODELS},
    "projector-patient of release two": "faults.patient_release_two",
    "db": "healz_db.cli",
}
_FORKS = multiprocessing.get_context("forkserver")
# pytest: it is the main module, which a child imports under another name.
_FORKS.set_forkserver_preload([*PROGRAMS.values(), "pytest"])


def command_lines_below(pid: int) -> list[list[str]]:
    """The command lines of what a process has started and what they have, of those that run."""
    found = []
    for process in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended meanwhile, and may not be waited for yet
            found.append(process.cmdline())
    return found


class Started:
    """A program that runs, with what a test needs of ``subprocess.Popen``; what it writes goes to files."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str] = (),
        *,
        environment: dict[str, str],
        output: Path,
        errors: Path | None = None,
    ) -> None:
        self.name = name
        self.output, self.errors = output, errors or output
        self.output.touch()
        self.errors.touch()
        files = (str(self.output), str(self.errors))
        self._process = _FORKS.Process(target=_be, args=(PROGRAMS[name], list(arguments), environment, *files))
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def said(self) -> list[dict[str, Any]]:
        """The lines of its log so far; not one that is being written."""
        lines = self.output.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Until it has ended. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self.name, timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Nothing where it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def _be(module: str, arguments: list[str], environment: dict[str, str], output: str, errors: str) -> None:
    """In the child: becomes the program."""
    for path, stream in ((output, sys.stdout), (errors, sys.stderr)):
        with open(path, "ab") as file:
            os.dup2(file.fileno(), stream.fileno())
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    import_module(module).main()
