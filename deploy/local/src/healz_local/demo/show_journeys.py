"""Journeys by stage, and the patients at risk: tables for a person who runs a clinic."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.console import Console
from rich.markup import escape

from healz_local.demo.journeys import AtRisk
from healz_local.demo.rows import ZONE
from healz_local.demo.show import heading, new_table
from healz_local.demo.why import STAGES, why

NAME_WIDTH_MAX = 24


def show_stages(console: Console, stages: Mapping[str, int], as_of: datetime) -> None:
    """How many patients are where, in the order of a journey's life."""
    heading(console, f"Where the patients' journeys stand, as of {as_of.astimezone(ZONE):%d %B %Y}")
    table = new_table("stage", ">journeys", ">share", "")
    total = sum(stages.values())
    for stage in [*STAGES, *(stages.keys() - STAGES.keys())]:
        if journeys := stages.get(stage, 0):
            style = "bold red" if stage == "at_risk" else None
            said = STAGES.get(stage, "")
            table.add_row(escape(stage), f"{journeys:,}", f"{journeys / total:.0%}", said, style=style)
    console.print(table)


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
    for one in patients:
        table.add_row(escape(one.patient_name), escape(one.patient_phone), f"{one.score:.2f}", escape(why(one.signs)))
    console.print(table)
    if in_all > len(patients):
        console.print(f"[dim]… and {in_all - len(patients):,} more[/]")
