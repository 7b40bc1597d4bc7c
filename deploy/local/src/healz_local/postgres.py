"""A real PostgreSQL from a Python package: starts, stops, keeps its data, survives a crash."""

import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psutil

from healz_local import unprivileged
from healz_local.errors import LocalStackError, StartFailed
from healz_local.ports import HOST, require_free
from healz_local.postgres_conf import configuration
from healz_local.processes import end, from_pidfile, last_lines, working_in
from healz_local.unprivileged import ServerPlace, find_place

ADMIN = "healz_admin"
DATABASE = "healz"
START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 30
LOG_BYTES_MAX = 20_000_000


class Postgres:
    """One PostgreSQL server of our own, on 127.0.0.1:port, everything it has under home/postgres.

    Nothing happens before start(). Errors: PortTaken, StartFailed, LocalStackError.
    """

    def __init__(self, home: Path, port: int) -> None:
        self.home = home.absolute()
        self.port = port
        self._known_place: ServerPlace | None = None

    def url(self, user: str = ADMIN, database: str = DATABASE) -> str:
        """The connection URL; local connections need no password."""
        return f"postgresql://{quote(user)}@{HOST}:{self.port}/{quote(database)}"

    @property
    def log_file(self) -> Path:
        return self.home / "postgres" / "postgres.log"

    def process(self) -> psutil.Process | None:
        """The postmaster, or None when it doesn't run."""
        data = (self.home / "postgres").resolve() / "data"
        return from_pidfile(data / "postmaster.pid", str(data))

    def running(self) -> bool:
        """True when the server runs and takes connections on its port."""
        return self.process() is not None and self._answers()

    def start(self) -> None:
        """Start the server unless it runs already; returns when it takes connections and its database exists."""
        if not self.running():
            if self.process() is not None:
                self.stop()  # it hangs, or listens on the port of an earlier setting
            self._clean_up_after_a_crash()
            require_free(self.port, "PostgreSQL", "HEALZ_POSTGRES_PORT")
            if not (self._data / "PG_VERSION").exists():
                self._initialise()
            self._launch()
        self._ensure_database()

    def stop(self) -> None:
        """Stop the server in an orderly way (open transactions are rolled back); does nothing when it isn't running."""
        process = self.process()
        if process is not None:
            end([process], timeout_s=STOP_TIMEOUT_S, first=signal.SIGINT)
            end(working_in(self._data), timeout_s=5, first=signal.SIGQUIT)

    def kill(self) -> None:
        """SIGKILL the server and its backends, as a power cut would: for tests of crashes."""
        process = self.process()
        if process is not None:
            end([process], timeout_s=5, first=signal.SIGKILL)
            end(working_in(self._data), timeout_s=5, first=signal.SIGKILL)

    def destroy(self) -> None:
        """Stop the server and delete its data."""
        if (self.home / "postgres").exists():
            self.stop()
        unprivileged.remove(self.home)
        self._known_place = None

    @property
    def _place(self) -> ServerPlace:
        if self._known_place is None or not self._known_place.directory.exists():
            self._known_place = find_place(self.home)
        return self._known_place

    @property
    def _data(self) -> Path:
        return self._place.directory / "data"

    def _answers(self) -> bool:
        return (
            self._place.run(
                "pg_isready", "-q", "-h", HOST, "-p", str(self.port), "-U", ADMIN, "-d", DATABASE
            ).returncode
            == 0
        )

    def _clean_up_after_a_crash(self) -> None:
        # Backends can outlive a killed postmaster and hold its shared memory; its pid may be another process's by now.
        end(working_in(self._data), timeout_s=5, first=signal.SIGQUIT)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self) -> None:
        # Made beside its place and moved there whole: an initdb that was interrupted leaves nothing that looks done.
        unfinished = self._data.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        done = self._place.run(
            *("initdb", "-D", str(unfinished), "-U", ADMIN, "-A", "trust", "--no-sync", "--encoding=UTF8"),
            # The builtin provider sorts the same on every machine, whatever its C library.
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"),
        )
        if done.returncode != 0:
            raise StartFailed(f"initdb failed in {unfinished}:\n{done.stdout}{done.stderr}")
        with (unfinished / "postgresql.conf").open("a") as configuration_file:
            configuration_file.write("\ninclude 'healz.conf'\n")
        unfinished.rename(self._data)

    def _launch(self) -> None:
        (self._data / "healz.conf").write_text(configuration(self.port))
        (self._data / "healz.conf").chmod(0o644)
        log = self._place.directory / "postgres.log"
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            log.replace(log.with_suffix(".log.1"))
        arguments = ["-D", str(self._data), "-l", str(log), "-w", "-t", str(START_TIMEOUT_S), "-s", "start"]
        try:
            started = self._place.run("pg_ctl", *arguments, timeout_s=START_TIMEOUT_S + 10)
        except subprocess.TimeoutExpired as error:
            raise StartFailed(f"PostgreSQL was not ready after {START_TIMEOUT_S} s:\n{last_lines(log)}") from error
        if started.returncode != 0:
            raise StartFailed(f"PostgreSQL did not start; the end of {log}:\n{last_lines(log)}")

    def _ensure_database(self) -> None:
        if DATABASE not in self._sql("SELECT datname FROM pg_database").split():
            self._sql(f"CREATE DATABASE {DATABASE}")
        # Locks and disk are the whole server's: whoever may enter another database could fill them from there.
        self._sql("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")

    def _sql(self, statement: str) -> str:
        connection = ["-h", HOST, "-p", str(self.port), "-U", ADMIN, "-d", "postgres"]
        done = self._place.run("psql", "-X", "-q", "-A", "-t", *connection, "-c", statement)
        if done.returncode != 0:
            raise LocalStackError(f"PostgreSQL on port {self.port} refused {statement!r}: {done.stderr.strip()}")
        return done.stdout
