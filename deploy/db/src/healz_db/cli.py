"""``healz-db``: applies, takes back, seeds, shows, writes, checks and drills the numbered SQL of deploy/db.

Exit code 0: done; 1: refused or failed, with one sentence on standard error that says what to do.
"""

import argparse
import asyncio
import sys
from argparse import ArgumentParser
from pathlib import Path

import asyncpg

from healz_db import commands
from healz_db.migrations import BadMigration, read_tree
from healz_db.output import Output
from healz_db.partitions import MONTHS_AHEAD
from healz_db.refused import Refused
from healz_db.settings import DEPLOY_DB


def _parser() -> ArgumentParser:
    shared = ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="answer in JSON, on standard output")
    shared.add_argument("--tree", type=Path, default=DEPLOY_DB, help="the files; default: deploy/db")
    parser = ArgumentParser(prog="healz-db", description="Healz's schema: numbered SQL, forward and back")
    words = parser.add_subparsers(dest="what", required=True, metavar="COMMAND")

    def word(name: str, what: str) -> ArgumentParser:
        return words.add_parser(name, parents=[shared], help=what, description=what)

    apply = word("apply", "apply what is missing")
    apply.add_argument("--phase", help="of this phase alone: a number or a name")
    apply.add_argument("--to", metavar="V", help="up to and including this version")
    apply.add_argument("--expand-only", action="store_true", help="leave contracts for when no release needs them")
    apply.add_argument("--dry-run", action="store_true", help="say what would run, in order; change nothing")
    apply.add_argument("--seeds", action="store_true", help="seed each phase after its migrations")

    rollback = word("rollback", "take migrations back, newest first")
    what = rollback.add_mutually_exclusive_group(required=True)
    what.add_argument("file", nargs="?", help="the newest migration: its version or file")
    what.add_argument("--to", metavar="V", help="all that came after this version, which stays; 000000: all")
    rollback.add_argument("--yes", action="store_true", help="don't ask")

    seed = word("seed", "run the seeds that are missing")
    seed.add_argument("--phase", help="of this phase alone: a number or a name")

    word("status", "show what is applied, missing, changed, interrupted, unknown")

    partitions = word("partitions", "make the months' partitions that are missing; the job for every day")
    partitions.add_argument("--months", type=int, default=MONTHS_AHEAD, help="ahead of this one; default: %(default)s")

    refresh = word("refresh", "bring a materialised view up to date; the job for every quarter or half of an hour")
    refresh.add_argument("view", choices=commands.VIEWS)

    word("purge", "delete idempotency keys that expired; the job for every hour")

    word("end-analyses", "end analysts' sessions that go beyond their bounds; the job for every minute")

    new = word("new", "write a migration, its rollback and the manifest's line")
    new.add_argument("phase", help="its number or name")
    new.add_argument("domain")
    new.add_argument("change", choices=["expand", "contract"])
    new.add_argument("slug", help="a few words in lower case, _ between them")
    new.add_argument("--undoes", metavar="V", help="for a contract: the version that it takes back")

    ask = word("ask", "ask the running database how it is: what is large, slow, behind, missing or wrong")
    ask.add_argument("question", nargs="?", help="none: list what can be asked")

    word("lint", "check names, pairs, manifest and SQL; needs no database")

    word("schema", "write down the schema as all migrations make it: deploy/db/schema, an object a file")

    drill = word("drill", "take every migration up, down and up on a scratch database; compare everything")
    drill.add_argument("--keep", action="store_true", help="leave the scratch database")
    return parser


def main() -> None:
    """Entry point."""
    asked: argparse.Namespace = _parser().parse_args()
    output = Output(as_json=asked.json)
    command = getattr(commands, asked.what.replace("-", "_"))
    try:
        sys.exit(asyncio.run(command(asked, read_tree(asked.tree), output)))
    # A URL or a file that can't be read is a ValueError.
    except (BadMigration, Refused, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        output.refuse(str(error) or type(error).__name__)
        sys.exit(1)
    except KeyboardInterrupt:
        output.refuse("interrupted; healz-db status shows where")
        sys.exit(1)
