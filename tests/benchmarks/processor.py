"""Time on a processor."""

from collections.abc import Callable

import psutil

from whole.stack import Stack

Parts = dict[str, float]
"""Seconds, by part of the stack."""


def seconds_of(process: psutil.Process) -> float:
    """Of one process, since it began."""
    times = process.cpu_times()
    return float(times.user + times.system)


def spending(stack: Stack) -> Callable[[], Parts]:
    """What each part has used since this call, each time it is asked; without processes that have ended meanwhile."""
    before = {process: seconds_of(process) for own in stack.processes().values() for process in own}

    def spent() -> Parts:
        now = stack.processes()
        return {
            part: sum(seconds_of(process) - before.get(process, 0.0) for process in own) for part, own in now.items()
        }

    return spent


def dearest(parts: Parts, per: float, most: int = 8) -> str:
    """The parts that used most, in words; ``per``: divided by so many."""
    ordered = sorted(parts.items(), key=lambda part: -part[1])[:most]
    return ", ".join(f"{part} {used / per:.2f}" for part, used in ordered)
