"""When a patient's last visit and interaction in each clinic were: where one is corrected, the one before it counts."""

from datetime import datetime

from healz.events import Event
from healz.events.appointment import AppointmentCompleted
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.fields import rfc3339

Latest = dict[str, dict[str, str]]
"""{clinic_id: {"visit": time, "interaction": time}}, each where there was one."""


def follow_latest(latest: Latest, event: Event) -> Latest:
    """The latest after ``event``; the same object when nothing in it changed."""
    if event.clinic is None:
        return latest
    clinic = str(event.clinic)
    before = latest.get(clinic, {})
    match event:
        case AppointmentOutcomeCorrected(in_clinic=right):
            times = {"visit": right.last_visit_at, "interaction": right.last_interaction_at}
            after = {name: rfc3339(at) for name, at in times.items() if at is not None}
        case _:
            times = {"interaction": event.interaction_at}
            if isinstance(event, AppointmentCompleted):
                times["visit"] = event.completed_at
            news = {name: rfc3339(at) for name, at in times.items() if at is not None}
            after = before | {name: text for name, text in news.items() if text > before.get(name, "")}
    return latest if after == before else latest | {clinic: after}


def last(latest: Latest, name: str) -> datetime | None:
    """The last of all clinics, UTC. (The texts sort as the times in them do.)"""
    return max((datetime.fromisoformat(times[name]) for times in latest.values() if name in times), default=None)
