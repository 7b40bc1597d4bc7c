"""healz-local: the local stack from the command line."""

import argparse
import importlib
import logging
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import ValidationError
from rich.console import Console

from healz.read_models import READ_MODELS
from healz_local.errors import LocalStackError
from healz_local.log_files import follow
from healz_local.ports import HOST
from healz_local.programs import SCRIPTS, as_role, metrics_ports, program_names, programs
from healz_local.settings import DEMO_TENANT, LocalSettings
from healz_local.stack import Stack
from healz_local.status import print_status
from healz_local.tokens import (
    OPERATOR,
    ROLES,
    SAY_THEIR_CLINICS,
    Clinics,
    development_secret,
    issue_token,
    operator_token,
)
from healz_local.traces.show import show_trace

RESET_WORD = "reset"
KILLED = 128
"""And the signal's number, as a shell has it."""
NO_SUCH_ROW = 5
"""What healz-projection answers then."""
console = Console(highlight=False, soft_wrap=True)
notes = Console(highlight=False, soft_wrap=True, stderr=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 not done (said on standard error), 2 wrong usage."""
    options = _parser().parse_args(arguments)
    _log_to(notes)
    try:
        stack = Stack(LocalSettings())
        match options.command:
            case "up":
                return _up(stack)
            case "down":
                return _down(stack)
            case "status":
                return 0 if print_status(stack, console) else 1
            case "metrics":
                return _metrics(stack)
            case "logs":
                return follow(stack, options.name, endless=options.follow)
            case "reset":
                return _reset(stack, confirmed=options.yes)
            case "env":
                return _env(stack)
            case "token":
                return _token(stack, options)
            case "sweep":
                return _command_of(stack, "scheduler", "healz-sweep", options.arguments)
            case "why":
                return _why(stack, options.key, options.arguments)
            case "projection":
                return _projection(stack, options.arguments)
            case "trace":
                sys.stdout.write(show_trace(stack.settings, options.id) + "\n")
                return 0
            case "relay":
                return _command_of(stack, "relay", "healz-relay", options.arguments)
            case "export":
                return _export(stack, options.arguments)
            case _:
                return _demo(stack, options)
    except ValidationError as error:
        for problem in error.errors():
            name = ".".join(map(str, problem["loc"]))
            notes.print(f"The setting {name} is wrong: {problem['msg']}", style="red", markup=False)
    except LocalStackError as error:
        notes.print(str(error), style="red", markup=False)
    except KeyboardInterrupt:
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="healz-local", description="The local stack: PostgreSQL, Kafka, the services."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("up", help="start what doesn't run yet, wait until it is ready")
    commands.add_parser("down", help="stop everything that is ours; data stays")
    commands.add_parser("status", help="every part and how far the data has got; exit code 1 unless all run")
    commands.add_parser("metrics", help="where each process shows its metrics")
    logs = commands.add_parser("logs", help="show the end of the logs")
    logs.add_argument("name", nargs="?", help="of one part; projector-journey-2: of its second instance")
    logs.add_argument("-f", "--follow", action="store_true", help="go on until interrupted")
    reset = commands.add_parser("reset", help="stop everything and delete all local data")
    reset.add_argument("--yes", action="store_true", help="don't ask")
    commands.add_parser("env", help='print the addresses and a token for eval "$(healz-local env)"')
    token = commands.add_parser("token", help="print a token for the local API")
    token.add_argument("--tenant", type=UUID, default=DEMO_TENANT)
    token.add_argument(
        "--role", choices=(*ROLES, OPERATOR), default="admin", help="operator: for the console's pipeline"
    )
    token.add_argument(
        "--clinic",
        type=_clinic,
        action="append",
        default=[],
        help='where the role works; may be given more than once; bot, import and viewer may say "all"',
    )
    token.add_argument("--hours", type=float, default=12, help="how long it is valid (default: 12; the API takes 24)")
    sweep = commands.add_parser("sweep", help="run a sweep now: silence, abandonment, follow-up, conversations")
    sweep.add_argument("arguments", nargs=argparse.REMAINDER, help="as for healz-sweep")
    projection = commands.add_parser("projection", help="show, verify, rebuild or mend the read models")
    projection.add_argument("arguments", nargs=argparse.REMAINDER, help="as for healz-projection; without one: all")
    why = commands.add_parser("why", help="which event last set each column of a row")
    why.add_argument("key", help="the id of a patient, an appointment or a journey")
    why.add_argument("arguments", nargs=argparse.REMAINDER, help="as for healz-projection why")
    relay = commands.add_parser("relay", help="ask the relay, or republish a lost topic: status, republish, resume")
    relay.add_argument("arguments", nargs=argparse.REMAINDER, help="as for healz-relay")
    export = commands.add_parser("export", help="one tenant's log as Parquet or NDJSON")
    export.add_argument("arguments", nargs=argparse.REMAINDER, help="as for healz-export")
    trace = commands.add_parser("trace", help="book an appointment and print its way through all processes")
    trace.add_argument("id", nargs="?", help="of a trace that was recorded; then nothing is booked")
    demo = commands.add_parser("demo", help="play real or generated appointments through the running stack")
    demo.add_argument("--rows", type=int, default=500)
    demo.add_argument("--data", type=Path, default=None, help="a CSV of appointments; generated without one")
    return parser


def _up(stack: Stack) -> int:
    stack.up()
    console.print("[green]The local stack is ready.[/]")
    console.print(f"  API         {stack.settings.api_url}")
    console.print(f"  console     {stack.settings.api_url}/console")
    console.print(f"  PostgreSQL  {stack.database_url if stack.postgres else 'external, as DATABASE_URL says'}")
    console.print(f"  Kafka       {stack.bootstrap_servers}")
    console.print(f"  logs        {stack.services.logs}")
    console.print('Next: make status, make demo, or eval "$(make env)" and curl with "Authorization: Bearer $TOKEN".')
    return 0


def _metrics(stack: Stack) -> int:
    for name in program_names(stack.settings):
        for port in metrics_ports(name, stack.settings):
            sys.stdout.write(f"{name}\thttp://{HOST}:{port}/metrics\n")
    return 0


def _down(stack: Stack) -> int:
    stack.down()
    console.print("The local stack is stopped; its data stays.")
    return 0


def _reset(stack: Stack, *, confirmed: bool) -> int:
    if stack.postgres is None:
        notes.print("DATABASE_URL names a PostgreSQL that isn't ours: it is left alone.")
    if stack.kafka is None:
        notes.print("KAFKA_BOOTSTRAP_SERVERS names a Kafka that isn't ours: it is left alone.")
    if not confirmed:
        if not sys.stdin.isatty():
            notes.print(f"Nobody to ask: `healz-local reset --yes` deletes the data in {stack.settings.home}.")
            return 1
        if input(f"Type {RESET_WORD} to delete the data in {stack.settings.home}: ").strip() != RESET_WORD:
            notes.print("Nothing was deleted.")
            return 1
    stack.reset()
    console.print(f"The data in {stack.settings.home} is deleted. `make up` starts anew.")
    return 0


def _env(stack: Stack) -> int:
    values = {
        "API_URL": stack.settings.api_url,
        "DATABASE_URL": stack.database_url,
        "KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap_servers,
        "TOKEN": issue_token(development_secret(stack.settings.home), DEMO_TENANT, "admin"),
    }
    for name, value in values.items():
        sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
    return 0


def _clinic(text: str) -> UUID | Literal["all"]:
    return "all" if text == "all" else UUID(text)


def _token(stack: Stack, options: argparse.Namespace) -> int:
    if options.role in SAY_THEIR_CLINICS and not options.clinic:
        raise LocalStackError(f"Say where a token of the role {options.role} is good: --clinic ID, or --clinic all.")
    clinics: Clinics = "all" if "all" in options.clinic else options.clinic
    secret = development_secret(stack.settings.home)
    if options.role == OPERATOR:
        sys.stdout.write(operator_token(secret, hours=options.hours) + "\n")
        return 0
    token = issue_token(secret, options.tenant, options.role, clinics=clinics, hours=options.hours)
    sys.stdout.write(token + "\n")
    return 0


def _command_of(stack: Stack, part: str, script: str, arguments: Sequence[str]) -> int:
    """A command of a service, with the settings of that part of the stack."""
    (program,) = (
        program
        for program in programs(stack.settings, stack.database_url, stack.bootstrap_servers)
        if program.name == part
    )
    command = [str(SCRIPTS / script), *arguments]
    # Replaces this process: its answer and its exit code are the command's.
    os.execve(command[0], command, dict(os.environ) | program.environment)


def _export(stack: Stack, arguments: Sequence[str]) -> int:
    """On the login that reads one tenant at a time."""
    url = as_role(stack.database_url, "healz_reader", stack.settings.role_password)
    command = [str(SCRIPTS / "healz-export"), *arguments]
    os.execve(command[0], command, dict(os.environ) | {"DATABASE_URL": url})


def _why(stack: Stack, key: str, arguments: Sequence[str]) -> int:
    """In whichever read model's own table there is a row of that id."""
    for name in READ_MODELS:
        code = _projection(stack, ["--projection", name, "why", f"{name}_view", key, *arguments])
        if code != NO_SUCH_ROW:
            return code
    return NO_SUCH_ROW


def _projection(stack: Stack, arguments: Sequence[str]) -> int:
    """On each read model in turn, or on the one that --projection names; the worst exit code."""
    environments = {
        program.name: program.environment
        for program in programs(stack.settings, stack.database_url, stack.bootstrap_servers)
    }
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument("--projection", choices=READ_MODELS)
    options, rest = which.parse_known_args(arguments)
    codes = []
    for name in [options.projection] if options.projection else READ_MODELS:
        command = [str(SCRIPTS / "healz-projection"), "--projection", name, *rest]
        environment = dict(os.environ) | environments[f"projector-{name}"]
        code = subprocess.run(command, env=environment, check=False).returncode  # our own script
        codes.append(code if code >= 0 else KILLED - code)
    return max(codes)


def _demo(stack: Stack, options: argparse.Namespace) -> int:
    # Loaded only here: the demonstration brings in much that no other command needs.
    demo = importlib.import_module("healz_local.demo")
    return int(demo.main(stack.settings, rows=options.rows, data=options.data) or 0)


def _log_to(target: Console) -> None:
    class ToConsole(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            target.print(record.getMessage(), style="dim", markup=False)

    logger = logging.getLogger("healz_local")
    logger.setLevel(os.environ.get("HEALZ_LOG_LEVEL", "INFO").upper())
    logger.addHandler(ToConsole())
    # While a server starts, the client's warnings about refused connections are no news.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


if __name__ == "__main__":
    sys.exit(main())
