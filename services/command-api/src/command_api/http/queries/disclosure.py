"""Who may read what, by kind of field: the one place that says so, for events and for answers of read models.

``docs/privacy.md`` shows the table; a test compares it with this one.
"""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from command_api.decide.given import Role
from command_api.http.auth import Principal
from healz.events import EVENTS
from healz.events.personal import Kind, personal_fields
from healz.events.upcast import upcast

ALL: frozenset[Role] = frozenset(("admin", "manager", "doctor", "receptionist", "bot", "import", "viewer"))
STAFF: frozenset[Role] = frozenset(("admin", "manager", "doctor", "receptionist"))
CLINICAL: frozenset[Role] = STAFF - {"receptionist"}

MAY_READ: Mapping[Kind, frozenset[Role]] = {
    "name": ALL,
    "contact": STAFF | {"bot", "import"},
    "message": STAFF | {"bot"},
    "document": STAFF,
    "reason": STAFF,
    "note": CLINICAL,
    "medical": CLINICAL,
}
"""By least need. The bot talks with patients, so it reaches them and knows what was said; a front desk checks who
somebody is, and sees why an appointment was moved; medicine is for those who treat, and for those who answer for them.
An import finds by their phone whom it writes of; a viewer watches figures and knows patients by name alone."""

Answer = TypeVar("Answer", bound=BaseModel)
_EVENTS = {event.__name__: event for event in EVENTS}


def may_read(role: Role, kind: Kind) -> bool:
    """Whether a role reads fields of that kind, of a patient who is not anonymised."""
    return role in MAY_READ[kind]


def disclosed(answer: Answer, role: Role) -> Answer:
    """An answer of a read model as that role may see it, the rest null. An anonymised patient's row holds nothing."""
    withheld = withheld_fields(type(answer), role)
    return answer.model_copy(update=dict.fromkeys(withheld)) if withheld else answer


def withheld_fields(answer: type[BaseModel], role: Role) -> list[str]:
    """The fields of such an answer that the role may not see."""
    return [name for name, kind in personal_fields(answer).items() if not may_read(role, kind)]


def disclosed_event(envelope: Mapping[str, Any], who: Principal, *, anonymized: bool) -> dict[str, Any] | None:
    """An event, as its envelope's JSON, as that person may see it; None: it is of a clinic out of their scope.

    It has the newest shape of its type, and all of its keys; what may not be read is null, and named in ``withheld``.
    Of an anonymised patient that is everything personal, whoever asks; and always whatever this release doesn't know.
    """
    clinic = envelope["clinic_id"]
    if clinic is not None and who.clinics is not None and UUID(clinic) not in who.clinics:
        return None
    shown = dict(envelope)
    event = _EVENTS.get(envelope["event_type"])
    if event is not None and envelope["schema_version"] <= event.schema_version:
        shown["event_data"] = upcast(event, envelope["schema_version"], envelope["event_data"])
        shown["schema_version"] = event.schema_version
    kinds = personal_fields(event) if event is not None else {}
    known = event.model_fields.keys() if event is not None else {"patient_id"}

    def may_see(name: str) -> bool:
        return name in known and (name not in kinds or (not anonymized and may_read(who.role, kinds[name])))

    data = {name: value if may_see(name) else None for name, value in shown["event_data"].items()}
    return shown | {"event_data": data, "withheld": [name for name in data if not may_see(name)]}
