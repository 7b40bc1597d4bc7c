"""``healz-projection``: shows, proves, rebuilds and mends a projector's read model, on that projector's own login.

Exit code 0: done, and nothing is wrong; 1: refused or failed, with a sentence on standard error that says what to do;
2: wrong usage or settings; 3: verify or why found what is wrong; 4: not all was done, since a tenant is being rebuilt
by somebody else, or it or the patient has an event of a newer release; 5: no such row; 130: interrupted.
"""

import argparse
import asyncio
import math
import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka.errors import KafkaError

from healz.events import UnknownEvent
from healz.postgres import AWAY
from healz.projection.halted import reason_of
from healz.projection.operate import looks, mends, verify
from healz.projection.operate.installed import names, projection
from healz.projection.operate.operator import NOT_ALL, REFUSED, NotDone, Operator
from healz.projection.operate.settings import OperatorSettings
from healz.projection.operate.shown import Pace, Terminal
from healz.projection.refold.span import FIRST
from healz.start import read_settings

NICENESS = 10
"""Of these processes, for the operating system: on a machine that they share, those who answer come first."""
INTERRUPTED = 130
COMMANDS = {
    "status": looks.status,
    "verify": verify.verify,
    "why": looks.why,
    "parked": looks.parked,
    "rebuild": mends.rebuild,
    "retry": mends.retry,
    "drop": mends.drop,
    "reset-offsets": mends.reset_offsets,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point."""
    asked = _parser(names()).parse_args(arguments)
    os.nice(NICENESS)
    Pace.for_programs = asked.progress
    shown = Terminal(as_json=asked.json)
    operator = Operator(asked.projection, projection(asked.projection), read_settings(OperatorSettings), asked, shown)
    try:
        return int(asyncio.run(COMMANDS[asked.what](operator)))
    except UnknownEvent as error:
        shown.refuse(f"{error}; use the release that knows it")
        return NOT_ALL
    except NotDone as error:
        shown.refuse(str(error))
    except BrokenExecutor:
        shown.refuse("a worker was ended from outside; a rebuild goes on from here when it is called again")
    except EOFError:
        shown.refuse("nobody answered; nothing was changed")
    except (asyncpg.PostgresError, *AWAY, KafkaError) as error:
        shown.refuse(f"the database or Kafka refuses: {reason_of(error)}")
    except KeyboardInterrupt:
        shown.refuse("interrupted" + ("; called again, it goes on from here" if asked.what == "rebuild" else ""))
        return INTERRUPTED
    return REFUSED


def _parser(projections: Sequence[str]) -> ArgumentParser:
    shared = ArgumentParser(add_help=False)
    # Suppressed: `parked --json retry` would lose it again.
    shared.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="answer in JSON, on standard output"
    )
    shared.add_argument(
        "--progress", action="store_true", default=argparse.SUPPRESS, help="how far it is in JSON, on standard error"
    )
    parser = ArgumentParser(prog="healz-projection", description="A projector's read model, for operators")
    parser.set_defaults(json=False, progress=False)
    only = projections[0] if len(projections) == 1 else None
    parser.add_argument(
        "--projection", choices=projections, default=only, required=only is None, help="which, where several are here"
    )
    words = parser.add_subparsers(required=True, metavar="COMMAND")

    def word(name: str, what: str, *, of: Any = None) -> ArgumentParser:
        made: ArgumentParser = (of or words).add_parser(name, parents=[shared], help=what, description=what)
        made.set_defaults(what=name)
        return made

    status = word("status", "how far each tenant is, who is parked, halted or folded by another version")
    status.add_argument("--all", action="store_true", help="all tenants, not the first 20")

    proof = word("verify", "compare rows with events, exactly, while all else goes on; changes nothing")
    _whose(proof)
    _how(proof)
    proof.add_argument("--share", type=_share, default=1.0, help="of the patients, taken at random: 0.01")
    proof.add_argument("--seed", type=int, help="of that choice")

    rebuild = word("rebuild", "put right what differs, while all else goes on; an interrupted one goes on")
    _whose(rebuild)
    _how(rebuild)
    rebuild.add_argument(
        "--anew", action="store_true", help="from the first patient, not where an interrupted one ended"
    )
    rebuild.add_argument("--dry-run", action="store_true", help="tell what would change")

    why = word("why", "of each column of a row, the event that last changed it, and whether the row has it so")
    why.add_argument("table", help="patient_view, or patient.patient_view")
    why.add_argument("key", type=UUID, nargs="+", help="the row's id; of a patient in a clinic both ids")
    why.add_argument("--column", help="this one alone")
    why.add_argument("--tenant", type=UUID, help="whose row; without: that of any tenant which has it")

    parked = word("parked", "who is parked, by cause")
    acts = parked.add_subparsers(metavar="retry | drop")
    retry = word("retry", "fold them again", of=acts)
    drop = word("drop", "leave the event of each out for ever, and go on after it", of=acts)
    for act in (retry, drop):
        act.add_argument("cause", nargs="?", help="as `parked` shows it")
        act.add_argument("--all", action="store_true", help="of any cause")
        _whose(act)
    drop.add_argument("--reason", required=True, help="why that is right; it is kept")
    drop.add_argument("--by", help="who decided; default: the user of this machine")

    offsets = word("reset-offsets", "read the topic from its beginning again; its instances must be stopped")
    for destructive in (drop, offsets):
        destructive.add_argument("--yes", action="store_true", help="don't ask")
    return parser


def _whose(parser: ArgumentParser) -> None:
    parser.add_argument("--tenant", type=UUID, help="of this one alone")
    parser.add_argument("--patient", type=_patient, help="of this one alone, with --tenant")


def _how(parser: ArgumentParser) -> None:
    parser.add_argument("--workers", type=_positive, default=1, help="processes; default: %(default)s")
    parser.add_argument("--events-per-second", type=_pace, help="no faster than this")
    parser.add_argument("--values", action="store_true", help="show what is in the cells, which may be personal")


def _share(text: str) -> float:
    share = float(text)
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError("above 0, and at most 1")
    return share


def _pace(text: str) -> float:
    pace = float(text)
    if not 0 < pace < math.inf:
        raise argparse.ArgumentTypeError("above 0")
    return pace


def _patient(text: str) -> UUID:
    patient_id = UUID(text)
    if patient_id == FIRST:
        raise argparse.ArgumentTypeError("nobody has this id")
    return patient_id


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
