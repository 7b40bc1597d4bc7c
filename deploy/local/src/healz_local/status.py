"""`status`: every part, whether it runs, and how far the data has got."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from healz_local.answering import hanging
from healz_local.figures import Figures, read_figures
from healz_local.kafka import Kafka
from healz_local.postgres import Postgres
from healz_local.processes import uptime_s
from healz_local.programs import kind_and_number, program_names
from healz_local.stack import Stack

NOT_ANSWERING = "not answering"
COLOURS = {"running": "green", "external": "cyan", "stopped": "dim", "starting": "yellow"}


@dataclass(frozen=True)
class Part:
    """One line of the table."""

    name: str
    state: str
    pid: int | None = None
    uptime_s: float | None = None
    address: str = ""


def print_status(stack: Stack, console: Console) -> bool:
    """Print the state of the stack; True when every part runs."""
    found = list(parts(stack))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("part", "state", "pid", "up for", "address"):
        table.add_column(column, justify="right" if column in {"pid", "up for"} else "left", no_wrap=True)
    for part in found:
        state = f"[{COLOURS.get(part.state, 'red')}]{part.state}[/]"
        uptime = "" if part.uptime_s is None else str(timedelta(seconds=round(part.uptime_s)))
        table.add_row(part.name, state, "" if part.pid is None else str(part.pid), uptime, part.address)
    console.print(table)
    console.print()
    if stack.postgres is not None and stack.postgres.process() is None:
        # At its port there may be somebody else's.
        console.print("[dim]no figures: PostgreSQL is stopped[/]")
    else:
        _print_figures(read_figures(stack.database_url), console)
    return all(part.state in {"running", "external"} for part in found)


def parts(stack: Stack) -> Iterator[Part]:
    """The parts in the order in which they start."""
    yield _server("postgres", stack.postgres, _without_credentials(stack.database_url))
    yield _server("kafka", stack.kafka, stack.bootstrap_servers)
    supervised = {program.name: program for program in stack.services.states()}
    hang = hanging(supervised.values(), stack.settings)
    # What runs may be more, or fewer, than this shell's settings say.
    for name in sorted(supervised or program_names(stack.settings), key=kind_and_number):
        address = stack.settings.api_url if name == "command-api" else ""
        program = supervised.get(name)
        if program is None:
            yield Part(name, "stopped", address=address)
        else:
            state = NOT_ANSWERING if name in hang else program.state.lower()
            yield Part(name, state, program.pid or None, program.uptime_s or None, address)
    known = {program.pid for program in supervised.values()}
    if stack.services.supervisor() is None:
        for process in stack.services.leftovers():
            if process.pid not in known:
                yield Part("left behind", "unsupervised", process.pid, uptime_s(process))


def _server(name: str, server: Postgres | Kafka | None, address: str) -> Part:
    if server is None:
        return Part(name, "external", address=address)
    process = server.process()
    if process is None:
        return Part(name, "stopped", address=address)
    state = "running" if server.running() else NOT_ANSWERING
    return Part(name, state, process.pid, uptime_s(process), address)


def _print_figures(figures: Figures, console: Console) -> None:
    if figures.problem is not None:
        console.print(f"[dim]no figures: the database doesn't answer ({figures.problem})[/]", highlight=False)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row("events", _shown(figures.events))
    table.add_row("outbox (events not yet in Kafka)", _shown(figures.outbox))
    for name, lag in figures.lag.items():
        table.add_row(f"projector-{name} behind by", _shown(lag))
    console.print(table)


def _shown(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"
