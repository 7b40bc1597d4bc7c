"""How long a fault lasts: seconds in `make test`; as long as in life, at its own settings, in `make faults-long`."""

import os

from system import System

LONG = bool(os.environ.get("HEALZ_FAULTS_LONG"))
PATIENCE = {
    "HEALZ_SESSION_TIMEOUT_MS": "6000",  # what the broker allows at least
    "HEALZ_POLL_INTERVAL_MS_MAX": "7000",
    "HEALZ_WATCHDOG_SECONDS": "5",
    "HEALZ_RETRY_BACKOFF_MAX_MS": "500",  # much shorter than the watchdog's patience, as in life
}
"""Whoever stands still for longer than these seconds is taken for gone, by Kafka and by themselves."""


def lasting(system: System, *, short: float, long: float) -> float:
    """Seconds that are longer than all patience."""
    if LONG:
        return long
    system.settings |= PATIENCE
    return short
