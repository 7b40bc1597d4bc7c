"""A risk indicator in words, for somebody who runs a clinic."""

from collections.abc import Mapping
from typing import Any


def in_words(indicator: Mapping[str, Any], journey: Mapping[str, Any]) -> str:
    """One of a journey's ``risk_indicators`` in words, with the journey's own counts and days where it has them.

    The counts are of the journey's whole life, as a clinic remembers it; the indicator itself only says whether it was
    once, or more often, since the last visit. A journey that counts fewer began within them: then no figure is given.
    """
    match indicator["type"]:
        case "silence":
            return _silent(journey["days_since_last_interaction"], journey["days_open"])
        case "no_show":
            if indicator["severity"] != "high":
                return "missed an appointment"
            return _at_least_two(journey["missed_appointments"], "no-show")
        case "cancellation":
            return _at_least_two(journey["cancelled_appointments"], "cancellation")
        case "delay":
            return "moved the same appointment several times"
        case "tone_change":
            return "sounds unhappy"
        case other:
            return str(other).replace("_", " ")


def _silent(days: int, days_open: int | None) -> str:
    """``days_open``: since an appointment was to begin that nobody has closed; None: there is none."""
    silent = f"silent for {_many(days, 'day')}"
    return silent if days_open is None else f"{silent}; an appointment of {_many(days_open, 'day')} ago is still open"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _at_least_two(count: int, what: str) -> str:
    return _many(count, what) if count > 1 else f"several {what}s"
