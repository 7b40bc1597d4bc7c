"""That two records of one person became one."""

from uuid import UUID

from healz.events.fields import Actor, Instant, Phone
from healz.events.patient_event import PatientEvent


class PatientAbsorbed(PatientEvent):
    """Another record of the same person was merged into this one: their history is told again after it, as this one's.

    Of the other patient, ``PatientMerged`` says the same. What this record lacked comes as ordinary events.
    """

    absorbed_patient_id: UUID
    """The other record, which accepts no further command."""
    known_since: Instant
    """When the other record was registered."""
    other_phone: Phone | None = None
    """Where they are reached too: the other record's phone; null where it is the same one."""
    holds_other_phone: bool = False
    """Whether that phone was the other record's alone, and is this one's from now on."""
    absorbed_by: Actor
    """Who said that they are one person."""
    absorbed_at: Instant
    """When."""


class PatientMerged(PatientEvent):
    """This record was merged into another of the same person, and is over. Before it come the ends of what was live
    here, and ``PatientAnonymized``: nothing personal is left under this id."""

    merged_into: UUID
    """The record that goes on."""
    merged_at: Instant
    """When."""
