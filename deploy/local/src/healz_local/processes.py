"""Start a process that outlives us, recognise it later, and end it. Only ever processes that we started."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

# The shell goes away at once and leaves the process to init: it belongs to nobody's terminal, is never our zombie.
_DETACH = 'output=$1; shift; "$@" >>"$output" 2>&1 </dev/null & echo $!'


def spawn_detached(
    command: Sequence[str | Path], output: Path, cwd: Path, environment: Mapping[str, str] | None = None
) -> int:
    """Start command in its own session, its output appended to a file. Returns its pid."""
    shell = ["/bin/sh", "-c", _DETACH, "sh", str(output), *map(str, command)]
    started = subprocess.run(
        shell, cwd=cwd, env=environment, start_new_session=True, stdout=subprocess.PIPE, check=True, text=True
    )
    return int(started.stdout)


def alive(pid: int, marker: str) -> psutil.Process | None:
    """The running process with this pid, provided that its command line contains marker: pids are used again."""
    try:
        process = psutil.Process(pid)
        if _ended(process) or not any(marker in part for part in process.cmdline()):
            return None
    except psutil.Error:
        return None
    return process


def from_pidfile(pidfile: Path, marker: str) -> psutil.Process | None:
    """The process that a pidfile names in its first line, if it still is that process (see alive)."""
    try:
        return alive(int(pidfile.read_text().split("\n", 1)[0]), marker)
    except (OSError, ValueError):
        return None


def end(processes: Iterable[psutil.Process], timeout_s: float, first: signal.Signals = signal.SIGTERM) -> None:
    """Ask the processes to stop and wait; those that are still there after timeout_s are killed."""
    remaining = list(processes)
    _send(remaining, first)
    remaining = wait(remaining, timeout_s)
    _send(remaining, signal.SIGKILL)
    wait(remaining, timeout_s=10)


def marked(name: str, value: str, scripts: Path) -> list[psutil.Process]:
    """All processes, other than this one, that run a program from scripts and were started with name=value set."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            ours = any(part.startswith(f"{scripts}/") for part in process.cmdline())
            if ours and process.pid != os.getpid() and process.environ().get(name) == value:
                found.append(process)
    return found


def working_in(directory: Path) -> list[psutil.Process]:
    """All processes whose working directory is this one."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            if process.cwd() == str(directory):
                found.append(process)
    return found


def uptime_s(process: psutil.Process) -> float:
    """Seconds since the process was started."""
    return max(0.0, time.time() - float(process.create_time()))


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log file, indented, for an error message."""
    try:
        lines = log.read_text(errors="replace").splitlines()[-count:]
    except OSError:
        lines = ["(no log)"]
    return "\n".join(f"    {line}" for line in lines)


def _send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        # psutil checks the start time first: a signal never reaches a later process with the same pid.
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def wait(processes: Iterable[psutil.Process], timeout_s: float) -> list[psutil.Process]:
    """Wait for the processes to end; returns those that are still there after timeout_s."""
    deadline = time.monotonic() + timeout_s
    remaining = [process for process in processes if not _ended(process)]
    while remaining and time.monotonic() < deadline:
        # The pace of looking who is still there.
        time.sleep(0.02)
        remaining = [process for process in remaining if not _ended(process)]
    return remaining


def _ended(process: psutil.Process) -> bool:
    try:
        # A zombie has ended; how soon its parent takes notice is no concern of ours.
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
