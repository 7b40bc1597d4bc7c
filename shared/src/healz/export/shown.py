"""An event as it leaves: what is personal is null unless asked for, and of an anonymised patient in any case."""

from collections.abc import Container
from typing import Any

from healz import contracts


def shown(envelope: dict[str, Any], *, personal: bool, anonymized: Container[str]) -> dict[str, Any]:
    """The envelope itself, its payload changed. Of an event that has no schema here, all of the payload is hidden."""
    if personal and envelope["patient_id"] not in anonymized:
        return envelope
    hidden = contracts.personal(envelope["event_type"], envelope["schema_version"])
    data = envelope["event_data"]
    for name in data if hidden is None else hidden & data.keys():
        data[name] = None
    return envelope
