"""Which of the stack's programs hang: a process that runs, and answers nobody.

The supervisor sees that a process is there, not that it does anything: one that was stopped by a signal, or waits for
ever, is `running` to it.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import httpx

from healz_local.ports import HOST
from healz_local.programs import metrics_ports
from healz_local.settings import LocalSettings
from healz_local.supervisor_client import Supervised

ANSWERS_WITHIN_S = 5.0
STARTS_WITHIN_S = 30.0
"""So long a program that was just started may take until it answers."""


def hanging(supervised: Iterable[Supervised], settings: LocalSettings) -> set[str]:
    """The names of the programs whose metrics don't answer; none, where the settings leave metrics out."""
    ports = {
        program.name: metrics_ports(program.name, settings)
        for program in supervised
        if program.state == "RUNNING" and program.uptime_s > STARTS_WITHIN_S
    }
    asked = [(name, port) for name, own in ports.items() for port in own]
    with ThreadPoolExecutor(max(1, len(asked))) as threads:
        answers = list(threads.map(_answers, (port for _, port in asked)))
    return {name for (name, _), answered in zip(asked, answers, strict=True) if not answered}


def _answers(port: int) -> bool:
    try:
        httpx.get(f"http://{HOST}:{port}/metrics", timeout=ANSWERS_WITHIN_S, trust_env=False)
    except httpx.HTTPError:
        return False
    return True
