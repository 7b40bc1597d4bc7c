"""Why somebody is at risk, in the words of those who will call them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

STAGES = {
    "initiated": "a journey was begun, nothing has happened yet",
    "first_contact": "they wrote or called, nothing is booked",
    "scheduled": "an appointment is booked",
    "confirmed": "they said that they will come",
    "attended": "they came",
    "follow_up": "they came, and are asked to come again",
    "returned": "they booked again after a visit",
    "no_show": "they did not come, once",
    "at_risk": "they drift away: call them",
    "recovered": "they answered; book with them",
    "completed": "it came to its good end",
    "abandoned": "lost, for now",
    "cancelled": "the patient has left",
}
"""Each stage, in the order of life, and what it says of a patient."""


@dataclass(frozen=True)
class Sign:
    """One sign of risk by its type, and what it was seen by: how many times, or how many days."""

    type: str
    seen_by: int


def why(signs: Iterable[Sign]) -> str:
    """The signs in their order, as in "2 no-shows, silent for 23 days"."""
    return ", ".join(map(_said, signs))


def _said(sign: Sign) -> str:
    match sign.type:
        case "silence":
            return f"silent for {_counted(sign.seen_by, 'day')}"
        case "no_show":
            return _counted(sign.seen_by, "no-show")
        case "cancellation":
            return _counted(sign.seen_by, "cancellation")
        case "delay":
            return "moved an appointment again and again"
        case "tone_change":
            return "sounded unhappy"
        case unknown:
            return unknown.replace("_", " ")


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"
