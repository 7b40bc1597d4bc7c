"""Journeys by stage, and the patients at risk: tables for a person who runs a clinic."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.markup import escape

from command_api.decide.journey.rules import DEFAULT_RULES
from healz_local.demo.journeys import AtRisk, Standing
from healz_local.demo.rows import ZONE
from healz_local.demo.show import heading, new_table

NAME_WIDTH_MAX = 24
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
HOW = (
    "As if the clinic had looked every day: whoever falls silent is at risk, and after"
    f" {DEFAULT_RULES.abandonment_silence_days} days of silence, and {DEFAULT_RULES.abandonment_at_risk_days} at risk,"
    " is given up for now."
)
SINCE = " Some were looked at again long after the last visit that was fed: so this is how they stand today."


def show_standing(console: Console, found: Standing, at: datetime, *, is_today: bool) -> None:
    """How many patients are where, in the order of a journey's life."""
    day = f"{at.astimezone(ZONE):%d %B %Y}"
    heading(console, f"Where the patients' journeys stand, as of {f'today, {day}' if is_today else day}")
    console.print(f"[dim]{HOW}{SINCE if is_today else ''}[/]")
    table = new_table("stage", ">journeys", ">share", "")
    total = sum(found.stages.values())
    for stage in [*STAGES, *(found.stages.keys() - STAGES.keys())]:
        if journeys := found.stages.get(stage, 0):
            style = "bold red" if stage == "at_risk" else None
            said = STAGES.get(stage, "")
            table.add_row(escape(stage), f"{journeys:,}", f"{journeys / total:.0%}", said, style=style)
    console.print(table if total else "None has stood still since then.")
    if found.later:
        console.print(f"[dim]Not counted: {found.later:,} that began or went on after that day.[/]")


def show_at_risk(console: Console, patients: Sequence[AtRisk], in_all: int) -> None:
    """Whom to call first, and why."""
    heading(console, "Patients at risk, the worst first")
    if not patients:
        console.print("Nobody is at risk.")
        return
    table = new_table("patient", "phone", ">risk", "why")
    # A long name is cut and a long reason goes on below; the phone is always there.
    table.columns[0].max_width = NAME_WIDTH_MAX
    table.columns[3].no_wrap = False
    for patient in patients:
        table.add_row(
            escape(patient.patient_name),
            escape(patient.patient_phone),
            f"{patient.score:.2f}",
            escape(", ".join(patient.reasons)),
        )
    console.print(table)
    if in_all > len(patients):
        console.print(f"[dim]… and {in_all - len(patients):,} more[/]")
