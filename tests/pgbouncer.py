"""A real PgBouncer in transaction mode, with so few sessions that everybody shares them."""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from healz.read_models import READ_MODELS
from healz_local.ports import HOST
from healz_local.processes import last_lines
from healz_local.unprivileged import USER
from system import Servers, System

SESSIONS = 3
"""Per database and role; a service's pool has up to 20 connections."""
QUEUE_SECONDS = 3
START_SECONDS = 10
# auth_type: the run's PostgreSQL trusts as well. server_round_robin: no client may find the session it had before.
CONFIGURATION = """\
[databases]
* = host={host} port={port}

[pgbouncer]
listen_addr = {listen_addr}
listen_port = {listen_port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 500
server_round_robin = 1
query_wait_timeout = {queue_seconds}
ignore_startup_parameters = {ignored}
"""


def program() -> str:
    """Where PgBouncer is; without one, the test is skipped."""
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    return found or pytest.skip("there is no PgBouncer here (Debian's package pgbouncer): not tested behind one")


@dataclass
class PgBouncer:
    """Before ``servers``' PostgreSQL, on a port of its own. ``ignored``: parameters of clients that it passes over."""

    servers: Servers
    folder: Path
    port: int
    ignored: str = ""
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def url(self, direct: str) -> str:
        """The same, through it."""
        parts = urlsplit(direct)
        user = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{user}@{HOST}:{self.port}"))

    def start(self) -> None:
        """Returns once it listens."""
        command = [program(), str(self._configure())]
        if os.geteuid() == 0:
            # It refuses to be root; this way it still reads its configuration as root.
            command[1:1] = ["-u", USER]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        give_up_at = time.monotonic() + START_SECONDS
        while f"listening on {HOST}:{self.port}" not in self._log.read_text():
            assert self.process.poll() is None, last_lines(self._log)
            assert time.monotonic() < give_up_at, last_lines(self._log)
            # The pace of asking whether it listens.
            time.sleep(0.02)

    def kill(self) -> None:
        """All connections through it break at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self._log.rename(self._log.with_suffix(f".{self.process.pid}.log"))
            self.process = None

    @property
    def _log(self) -> Path:
        return self.folder / "pgbouncer.log"

    def _configure(self) -> Path:
        direct = urlsplit(self.servers.database_url)
        roles = ["command", "reader", "relay", "sweeper", *(f"projector_{name}" for name in READ_MODELS)]
        users = self.folder / "users.txt"
        users.write_text("".join(f'"healz_{role}" ""\n' for role in roles))
        file = self.folder / "pgbouncer.ini"
        file.write_text(
            CONFIGURATION.format(
                host=direct.hostname,
                port=direct.port,
                listen_addr=HOST,
                listen_port=self.port,
                users=users,
                sessions=SESSIONS,
                queue_seconds=QUEUE_SECONDS,
                ignored=self.ignored,
            )
        )
        return file


@dataclass
class Pooled(System):
    """A system whose API and projectors reach PostgreSQL through ``pgbouncer``; its relay goes straight there."""

    pgbouncer: PgBouncer = field(kw_only=True)

    def environment(self, name: str) -> dict[str, str]:
        direct = super().environment(name)
        if name == "relay":
            return direct
        urls = {key: self.pgbouncer.url(direct[key]) for key in ("DATABASE_URL", "READER_DATABASE_URL")}
        return direct | urls | {"HEALZ_PGBOUNCER": "true"}
