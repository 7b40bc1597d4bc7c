"""Whether a port is ours to take, and who has it when it isn't."""

import socket
import time

import psutil

from healz_local.errors import PortTaken

HOST = "127.0.0.1"
RELEASE_TIMEOUT_S = 1.5
"""A process that was killed a moment ago may hold its port a little longer, and then has no name any more."""


def require_free(port: int, wanted_by: str, setting: str) -> None:
    """Raise PortTaken unless a server could listen on 127.0.0.1:port now.

    wanted_by and setting go into the sentence: which part needs the port, which variable moves it.
    """
    deadline = time.monotonic() + RELEASE_TIMEOUT_S
    while not _free(port):
        holder = _holder(port)
        if holder or time.monotonic() > deadline:
            raise PortTaken(
                f"{wanted_by} needs port {port}, but it is taken by {holder or 'another process'}; "
                f"end that process, or set {setting} to a free port."
            )
        # The pace of looking: a process that is ending may still hold it.
        time.sleep(0.05)


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: connections of a predecessor that are still in TIME_WAIT don't count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def answers(port: int, timeout_s: float = 0.5) -> bool:
    """True when something accepts connections on 127.0.0.1:port."""
    try:
        with socket.create_connection((HOST, port), timeout=timeout_s):
            return True
    except OSError:
        return False


def _holder(port: int) -> str | None:
    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.AccessDenied, PermissionError):
        return None
    for connection in connections:
        # Not only listeners: an outgoing connection may sit on an ephemeral port that we want.
        if connection.laddr and connection.laddr.port == port and connection.pid:
            try:
                process = psutil.Process(connection.pid)
                return f"{process.name()} (pid {process.pid}, working in {process.cwd()})"
            except psutil.Error:
                return None
    return None
