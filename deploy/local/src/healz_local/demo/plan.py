"""What is done for each patient, in time order. Pure."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from healz_local.demo.allocate import PlannedVisit

Kind = Literal["register", "book", "remind", "complete", "no_show"]
ORDER: tuple[Kind, ...] = ("register", "book", "remind", "complete", "no_show")
"""Of steps at the same time."""
REMINDER_AHEAD = timedelta(hours=24)


@dataclass(frozen=True)
class Step:
    """One command, as of ``at``."""

    kind: Kind
    at: datetime
    visit: PlannedVisit

    @property
    def ends_the_row(self) -> bool:
        return self.kind in {"complete", "no_show"}


def plan(visits: Iterable[PlannedVisit], registered: Container[str] = ()) -> dict[str, list[Step]]:
    """{patient: their steps in time order}, patients by their first step; those ``registered`` aren't once more."""
    steps: dict[str, list[Step]] = {}
    for visit in visits:
        patient = visit.row.patient
        if patient not in steps:
            steps[patient] = [] if patient in registered else [Step("register", visit.row.booked_at, visit)]
        steps[patient].extend(_steps(visit))
    for of_patient in steps.values():
        of_patient.sort(key=lambda step: (step.at, ORDER.index(step.kind)))
    return dict(sorted(steps.items(), key=lambda item: item[1][0].at))


def _steps(visit: PlannedVisit) -> list[Step]:
    booked = visit.row.booked_at
    steps = [Step("book", booked, visit)]
    if visit.row.reminded:
        steps.append(Step("remind", max(booked, visit.starts_at - REMINDER_AHEAD), visit))
    outcome: Kind = "no_show" if visit.row.no_show else "complete"
    return [*steps, Step(outcome, max(booked, visit.ends_at), visit)]
