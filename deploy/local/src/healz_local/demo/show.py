"""What came of it, as tables that fit into 80 columns."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from healz_local.demo.agreement import Comparison
from healz_local.demo.catch_up import Progress
from healz_local.demo.live import Way
from healz_local.demo.rows import ZONE

VISITS_SHOWN_MAX = 12
STATUS = {"completed": "[green]completed[/]", "no_show": "[red]no-show[/]"}


def heading(console: Console, text: str) -> None:
    console.print()
    console.print(f"[bold]{escape(text)}[/]")


def show_agreement(
    console: Console, lines: Sequence[Comparison], differences: Sequence[str], rows_fed: int, imported: int
) -> None:
    """Every type of event with everybody's figure; what differs in red."""
    heading(console, "The same facts, counted in each system")
    console.print(f"{rows_fed:,} rows were fed so far; {imported:,} bookings by the import are in PostgreSQL.")
    table = new_table("event", ">PostgreSQL", ">Kafka", ">patients", ">appointments", ">journeys")
    for line in lines:
        models = [_figure(number, line.written) for number in line.read_models.values()]
        table.add_row(line.event_type, f"{line.written:,}", _figure(line.published, line.written), *models)
    written, published = sum(line.written for line in lines), sum(line.published for line in lines)
    table.add_section()
    table.add_row("all", f"{written:,}", _figure(published, written), "", "", "", style="bold")
    console.print(table)
    console.print("[dim]Kafka: committed records. The last three: rows and sums of the read models.[/]")
    if not differences:
        console.print("[bold green]All agree.[/]")
    for difference in differences:
        console.print(f"[bold red]{escape(difference)}[/]")


def show_progress(console: Console, progress: Progress, published: int) -> None:
    """Written, published, projected."""
    heading(console, "How far the events have got")
    table = new_table("", ">events", ">behind by")
    table.add_row("written to PostgreSQL", f"{progress.written:,}", "")
    table.add_row("published to Kafka", f"{published:,}", f"{progress.written - published:,}")
    for name, position in progress.projected.items():
        table.add_row(f"projected by projector-{name}", f"{position:,}", f"{progress.written - position:,}")
    console.print(table)


def show_day(console: Console, clinic: str, day: date, visits: Sequence[Mapping[str, Any]]) -> None:
    """The begin of a clinic's day, as the API gives it."""
    came = sum(visit["status"] == "completed" for visit in visits)
    missed = sum(visit["status"] == "no_show" for visit in visits)
    heading(console, f"{clinic}, {day:%A %d %B %Y}: {len(visits)} visits, {came} came, {missed} did not")
    table = new_table("time", "patient", "doctor", "outcome", "reminded")
    for visit in visits[:VISITS_SHOWN_MAX]:
        reminded = _local(visit["reminder_sent_at"]) if visit["reminder_sent_at"] else None
        table.add_row(
            f"{_local(visit['scheduled_for']):%H:%M}",
            escape(visit["patient_name"]),
            escape(visit["doctor_name"]),
            STATUS.get(visit["status"], visit["status"]),
            f"{reminded:%d %b}" if reminded else "",
        )
    console.print(table)
    if len(visits) > VISITS_SHOWN_MAX:
        console.print(f"[dim]… and {len(visits) - VISITS_SHOWN_MAX} more[/]")


def show_no_shows(console: Console, patients: Sequence[Mapping[str, Any]]) -> None:
    """Who was missed most often."""
    heading(console, "Patients who were missed most often")
    table = new_table("patient", "phone", ">no-shows", ">visits", "stage")
    for patient in patients:
        stage = escape(patient["current_journey_stage"] or "")
        figures = (str(patient["no_show_count"]), str(patient["total_appointments"]))
        table.add_row(escape(patient["full_name"]), escape(patient["phone"]), *figures, stage)
    console.print(table)


def show_way(console: Console, way: Way) -> None:
    """One booking, step by step."""
    heading(console, "One booking on its way, just now")
    table = new_table(">ms", "")
    table.add_row("0.0", f"a receptionist books {escape(way.doctor_name)} for {_at(way.scheduled_for)}")
    steps = [
        (way.committed_ms, f"answered: committed in PostgreSQL, at position {way.position:,}"),
        (way.published_ms, "in Kafka, for a read_committed consumer"),
        (way.in_appointment_ms, "in GET /v1/appointments/{id}, with Healz-Min-Position"),
        (way.in_patient_ms, "in GET /v1/patients/{id}, with Healz-Min-Position"),
    ]
    for elapsed_ms, what in sorted(steps):
        table.add_row(f"{elapsed_ms:,.1f}", escape(what))
    console.print(table)


def _figure(number: int | None, expected: int) -> str:
    if number is None:
        return ""
    return f"{number:,}" if number == expected else f"[bold red]{number:,}[/]"


def _at(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%d %b %Y %H:%M}"


def _local(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(ZONE)


def new_table(*columns: str) -> Table:
    """``>`` before a name: figures, to the right."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in columns:
        name = column.removeprefix(">")
        table.add_column(name, justify="right" if name != column else "left", no_wrap=True, overflow="ellipsis")
    return table
