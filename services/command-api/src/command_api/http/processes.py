"""Several processes that serve one port (prefork): each has a socket of its own, and the kernel shares out connections.

They are forked from a process in which everything is imported and put together, so that one that was killed is replaced
at once, and what they have in common is in memory once.
"""

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

import uvicorn
from uvicorn.config import STARTUP_FAILURE

log = logging.getLogger(__name__)

ENDS = (signal.SIGTERM, signal.SIGINT)
AWAITED = {*ENDS, signal.SIGCHLD}
AGAIN_SECONDS = 1.0
"""At least so long after it was started, a process is started again: one that can't start doesn't do so in a circle."""


def serve(config: uvicorn.Config, processes: int, numbered: Callable[[int], None]) -> None:
    """Serves until SIGTERM or SIGINT, after which requests in flight are finished first.

    Of several, each is told its number before it serves, from 0; one that is replaced leaves its number to the next.
    """
    if processes > 1:
        Prefork(config, _bind(config.host, config.port, processes), numbered).run()
    else:
        server = uvicorn.Server(config)
        server.run()
        if not server.started:
            sys.exit(STARTUP_FAILURE)


def _bind(host: str, port: int, sockets: int) -> list[socket.socket]:
    """As many sockets on the port. None listens yet: connections go to those that do. Ends the program where the port
    is taken."""
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    try:
        # By another's sockets too: those that share a port share it with everybody who asks for it.
        with socket.socket(family, kind, proto) as alone:
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind(address)
        return [_sharing(host, port) for _ in range(sockets)]
    except OSError as error:
        # The reason is in the line; a traceback adds nothing.
        log.error("the port can't be had", extra={"host": host, "port": port, "reason": repr(error)})  # noqa: TRY400
        sys.exit(STARTUP_FAILURE)


def _sharing(host: str, port: int) -> socket.socket:
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    own = socket.socket(family, kind, proto)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    own.bind(address)
    return own


class _Server(uvicorn.Server):
    """Ends with its parent too, however that ended: else it would hold the port against the next."""

    def __init__(self, config: uvicorn.Config, parent: int) -> None:
        super().__init__(config)
        self._parent = parent

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or os.getppid() != self._parent


@dataclass
class _Child:
    """Which process serves a socket. The socket outlives it: connections that wait there are the next one's."""

    socket: socket.socket
    pid: int | None = None
    again_at: float = 0.0
    could_not_start: bool = False


@dataclass
class Prefork:
    """The parent: it waits for signals, and serves nothing itself."""

    config: uvicorn.Config
    sockets: list[socket.socket]
    numbered: Callable[[int], None]
    children: list[_Child] = field(init=False)

    def __post_init__(self) -> None:
        self.children = [_Child(own) for own in self.sockets]

    def run(self) -> None:
        """Starts them, and again those that end, until it is told to end."""
        signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
        while True:
            for child in self._to_start():
                self._start(child)
            told = signal.sigtimedwait(AWAITED, self._until_next())
            if told is not None and told.si_signo in ENDS:
                break
            self._look_who_ended()
            if all(child.could_not_start for child in self.children):
                # As a single process does: whoever supervises this one knows what to do.
                self._end()
                sys.exit(STARTUP_FAILURE)
        self._end()
        # As a single process does: whoever waits for this one is told what ended it.
        signal.signal(told.si_signo, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED)
        signal.raise_signal(told.si_signo)

    def _to_start(self) -> list[_Child]:
        return [child for child in self.children if child.pid is None and child.again_at <= time.monotonic()]

    def _until_next(self) -> float:
        """Until one may be started again; for long where all run: a signal comes before."""
        due = [child.again_at for child in self.children if child.pid is None]
        return max(0.0, min(due) - time.monotonic()) if due else 3600.0

    def _start(self, child: _Child) -> None:
        parent = os.getpid()
        child.again_at = time.monotonic() + AGAIN_SECONDS
        try:
            child.pid = os.fork()
        except OSError as error:
            log.error("a process of the API can't be started", extra={"reason": repr(error)})  # noqa: TRY400  # no room
            return
        if not child.pid:
            others = [other.socket for other in self.children if other is not child]
            begin = partial(self.numbered, self.children.index(child))
            _work(self.config, child.socket, others, parent, begin)

    def _look_who_ended(self) -> None:
        for child in self.children:
            if child.pid is None:
                continue
            ended, status = os.waitpid(child.pid, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                log.warning("a process of the API ended, and is replaced", extra={"pid": ended, "exit_code": code})
                child.pid = None
                child.could_not_start = code == STARTUP_FAILURE
                if child.could_not_start:
                    # The socket listens since the first one served: connections would wait there for nobody.
                    child.socket.close()
                    child.socket = _sharing(self.config.host, self.config.port)

    def _end(self) -> None:
        for child in self.children:
            child.socket.close()
        running = [child.pid for child in self.children if child.pid is not None]
        for pid in running:
            os.kill(pid, signal.SIGTERM)
        for pid in running:
            os.waitpid(pid, 0)


def _work(
    config: uvicorn.Config, own: socket.socket, others: list[socket.socket], parent: int, begin: Callable[[], None]
) -> NoReturn:
    """In the child: serves to its end."""
    code = 1
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED)
        for other in others:
            other.close()
        begin()
        server = _Server(config, parent)
        server.run([own])
        code = 0 if server.started else STARTUP_FAILURE
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:  # whatever it is: the child must never go on as if it were the parent
        log.exception("a process of the API failed")
    finally:
        logging.shutdown()
        os._exit(code)
