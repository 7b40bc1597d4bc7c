"""A record of the topic as a line for people, and whether it is one of those asked for. Takes any bytes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from rich.text import Text

from healz import contracts

COLOURS = {"Patient": "cyan", "Conversation": "magenta", "Appointment": "green", "PatientJourney": "yellow"}
SAID_ELSEWHERE = {"patient_id", "clinic_id"}
MASK = "•••"
SHOWN_LENGTH_MAX = 60
REQUIRED = {"event_type", "schema_version", "aggregate_type", "tenant_id", "position", "patient_id", "correlation_id"}
REQUIRED |= {"created_at", "event_data"}


@dataclass(frozen=True)
class TapFilter:
    """Which events are to be shown; what is empty doesn't matter."""

    types: tuple[str, ...] = ()
    """Names, with * and ?, in capitals or not."""
    tenant: str = ""
    """An id in small letters, or the end of one."""
    patient: str = ""
    correlation: str = ""
    position: int = 1
    """Those of a tenant from here on."""

    def wants(self, data: Mapping[str, Any]) -> bool:
        """Whether the envelope is one of them."""
        return (
            (not self.types or any(_fits(data["event_type"], kind) for kind in self.types))
            and str(data["tenant_id"]).endswith(self.tenant)
            and str(data["patient_id"]).endswith(self.patient)
            and str(data["correlation_id"]).endswith(self.correlation)
            and data["position"] >= self.position
        )


def unknown(types: Iterable[str]) -> list[str]:
    """Those that fit no event which this release knows."""
    known = {urn.split(":")[3] for urn in contracts.schema_files()}
    return [kind for kind in types if not any(_fits(name, kind) for name in known)]


def _fits(name: str, kind: str) -> bool:
    return fnmatchcase(name.lower(), kind.lower())


def envelope(record: bytes | None) -> dict[str, Any] | None:
    """``data`` of a record of ours; None of any other."""
    try:
        event = json.loads(record or b"")
        data: dict[str, Any] = event["data"]
        # What is looked at afterwards has to be there.
        str(data["event_type"]), int(data["position"]), dict(data["event_data"])
        return data if event["source"] == "/healz" and data.keys() >= REQUIRED else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def line(data: Mapping[str, Any], *, personal: bool = False) -> Text:
    """When, whose, where in the log, what, of whom, and the payload; what is personal only on request."""
    hidden = frozenset() if personal else contracts.personal(data["event_type"], data["schema_version"])
    if hidden is None:
        hidden = frozenset(data["event_data"])
    text = Text(overflow="ellipsis", no_wrap=True)
    text.append(f"{_short(data['created_at'])[11:23]} ", "dim")
    text.append(f"{_short(data['tenant_id'])[-6:]} {data['position']:>6} ", "dim")
    text.append(f"{_short(data['event_type']):<28}", COLOURS.get(str(data["aggregate_type"]), ""))
    text.append(f" {_short(data['patient_id'])[-6:]}", "bold")
    for name, value in data["event_data"].items():
        if name not in SAID_ELSEWHERE and value is not None:
            text.append(f" {_short(name)}=", "dim")
            text.append(MASK if name in hidden else _short(value))
    return text


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = "".join(character if character.isprintable() else " " for character in text)
    return shown if len(shown) <= SHOWN_LENGTH_MAX else f"{shown[: SHOWN_LENGTH_MAX - 1]}…"
