"""The services under a supervisor: one supervisord per stack."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil

from healz_local.errors import LocalStackError, StartFailed
from healz_local.processes import end, from_pidfile, last_lines, marked, wait
from healz_local.programs import HOME_VARIABLE, SCRIPTS, Program
from healz_local.supervisor_client import Supervised, SupervisorClient
from healz_local.supervisor_conf import configuration, head_of

START_TIMEOUT_S = 15
STOP_TIMEOUT_S = 20
SOCKET_PATH_BYTES_MAX = 90


class Services:
    """The supervised programs of the stack in home. Only processes that carry this home's mark are ever ended.

    Errors: StartFailed, LocalStackError.
    """

    def __init__(self, home: Path) -> None:
        self.home = home.absolute()
        self.logs = self.home / "logs"
        self._client = SupervisorClient(self._socket)

    def supervisor(self) -> psutil.Process | None:
        """The supervisord of this stack, or None when it doesn't run."""
        return from_pidfile(self._pidfile, str(self._configuration))

    def start(self, programs: Sequence[Program]) -> None:
        """Start the programs that don't run already with this very configuration, and stop those that are gone from it;
        returns before they are ready.
        """
        text = configuration(self.home, self.logs, self._pidfile, self._socket, programs)
        if self.supervisor() is not None and head_of(self._written()) == head_of(text):
            self._client.wait_until_it_answers(START_TIMEOUT_S)
            self._write(text)
            self._client.update()
            self._client.start_stopped()
            return
        self.stop()
        self._write(text)
        self._launch()

    def restart(self, names: Iterable[str]) -> None:
        """End these programs, by force where they don't end themselves, and start them anew."""
        for name in names:
            self._client.restart(name)

    def stop(self) -> None:
        """Let the programs finish what is in flight, then end them, and what an earlier supervisord left behind."""
        supervisor = self.supervisor()
        if supervisor is not None:
            try:
                self._client.shutdown()
                wait([supervisor], STOP_TIMEOUT_S)
            except LocalStackError:
                pass  # it doesn't answer: then by signal, below, together with all others
        end(self.leftovers(), timeout_s=STOP_TIMEOUT_S)

    def leftovers(self) -> list[psutil.Process]:
        """Every process of this stack's services that lives, supervised or not: they carry the stack's mark."""
        return marked(HOME_VARIABLE, str(self.home), SCRIPTS)

    def states(self) -> list[Supervised]:
        """What the supervisor says of each program; empty when it doesn't run or doesn't answer."""
        if self.supervisor() is None:
            return []
        try:
            return self._client.programs()
        except LocalStackError:
            return []

    @property
    def _configuration(self) -> Path:
        return self.home / "supervisord.conf"

    @property
    def _pidfile(self) -> Path:
        return self.home / "supervisord.pid"

    @property
    def _socket(self) -> Path:
        wanted = self.home / "supervisord.sock"
        if len(str(wanted).encode()) <= SOCKET_PATH_BYTES_MAX:
            return wanted
        # The path of a Unix socket is limited to 107 bytes; supervisord appends to it while it binds.
        short = hashlib.sha256(str(self.home).encode()).hexdigest()[:10]
        return Path(tempfile.gettempdir()) / f"healz-{os.getuid()}-{short}.sock"

    def _written(self) -> str:
        try:
            return self._configuration.read_text()
        except FileNotFoundError:
            return ""

    def _write(self, text: str) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        self.logs.chmod(0o700)
        self._configuration.unlink(missing_ok=True)
        with os.fdopen(os.open(self._configuration, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)

    def _launch(self) -> None:
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._configuration)]
        environment = dict(os.environ) | {HOME_VARIABLE: str(self.home)}
        done = subprocess.run(
            command,
            cwd=self.home,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StartFailed(f"supervisord did not start: {done.stdout}{done.stderr}")
        try:
            self._client.wait_until_it_answers(START_TIMEOUT_S)
        except LocalStackError as error:
            raise StartFailed(f"{error}\n{last_lines(self.logs / 'supervisord.log')}") from error
