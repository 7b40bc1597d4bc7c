"""Ports for the servers that a test starts."""

import os
import random
import socket

FIRST = 20_000
LAST = 32_000
"""Below those that Linux gives to outgoing connections (``net.ipv4.ip_local_port_range``): none of them takes a port
in the moment between its choice and its server's start. Above those of `make up`."""


def _share() -> tuple[int, int]:
    """Of this process, among pytest-xdist's workers: two that chose at the same moment could choose alike."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = (LAST - FIRST) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return FIRST + worker * ports, FIRST + (worker + 1) * ports - 1


_given: set[int] = set()
_random = random.SystemRandom()
"""Not the module's own, which Hypothesis seeds: two processes of one run would choose alike."""


def free_port(within: tuple[int, int] | None = None) -> int:
    """A port on which nothing listens now; never the same twice in a process. ``within``: of these, the last too."""
    while True:
        port = _random.randint(*(within or _share()))
        if port not in _given and _can_listen(port):
            _given.add(port)
            return port


def _can_listen(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:  # somebody listens there already
            return False
        return True


def free_ports_in_a_row(ports: int, step: int = 1) -> int:
    """The first of so many that follow each other, ``step`` apart."""
    while True:
        first = free_port()
        row = range(first + step, first + ports * step, step)
        if first + (ports - 1) * step <= _share()[1] and not _given.intersection(row) and all(map(_can_listen, row)):
            _given.update(row)
            return first
