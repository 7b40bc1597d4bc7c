"""Ask a running supervisord, over its Unix socket, in types of our own."""

import time
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from healz_local.errors import LocalStackError


@dataclass(frozen=True)
class Supervised:
    """What supervisord knows of a program. state: RUNNING, STARTING, BACKOFF, STOPPED …; pid 0: none."""

    name: str
    state: str
    pid: int
    uptime_s: float


class SupervisorClient:
    """A connection per call. Raises LocalStackError when supervisord doesn't answer or refuses."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def programs(self) -> list[Supervised]:
        return [
            Supervised(
                name=str(program["name"]),
                state=str(program["statename"]),
                pid=int(program["pid"]),
                uptime_s=float(program["now"] - program["start"]) if program["pid"] else 0.0,
            )
            for program in self._call("getAllProcessInfo")
        ]

    def start_stopped(self) -> None:
        """Start the programs that were stopped or given up; returns before they are up."""
        for program in self.programs():
            if program.state in {"STOPPED", "EXITED", "FATAL"}:
                self._call("startProcess", program.name, False)

    def restart(self, name: str) -> None:
        """Returns once it has ended, and before it is up again."""
        self._call("stopProcess", name)
        self._call("startProcess", name, False)

    def update(self) -> None:
        """Read the configuration anew: start what is new, stop what is gone, start anew what has changed, leave the
        rest alone. Returns once what had to stop has ended; before what was started is up.
        """
        ((added, changed, removed),) = self._call("reloadConfig")
        for name in (*changed, *removed):
            self._call("stopProcessGroup", name)
            self._call("removeProcessGroup", name)
        for name in (*added, *changed):
            self._call("addProcessGroup", name)

    def shutdown(self) -> None:
        """Ask for an orderly end of all programs and of supervisord; returns at once."""
        self._call("shutdown")

    def wait_until_it_answers(self, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                self._call("getState")
                return
            except LocalStackError:
                if time.monotonic() > deadline:
                    raise
                # The pace of trying: its socket comes a moment after its process.
                time.sleep(0.05)

    def _call(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        server = ServerProxy("http://127.0.0.1", transport=transport)
        try:
            return getattr(server.supervisor, method)(*arguments)
        except (OSError, HTTPException, Fault) as error:
            raise LocalStackError(f"supervisord at {self._socket} did not {method}: {error}") from error
        finally:
            transport.close()
