"""The standing checks of the whole, on `make up`'s own settings: `make whole`."""

import argparse
import asyncio
import dataclasses
import json
import signal
from pathlib import Path

from rich.console import Console

from whole import doors, load, neighbours
from whole.stack import ROOT, fresh_stack, show

CHECKS = ["load", "doors", "neighbours"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="make whole", description=__doc__)
    parser.add_argument("check", nargs="*", metavar="CHECK", help=f"of {', '.join(CHECKS)}; default: all")
    parser.add_argument("--checkout", type=Path, default=ROOT, help="whose code is started; with a .venv of its own")
    parser.add_argument("--kind", action="append", help="only these kinds of neighbour")
    parser.add_argument("--rate", type=int, action="append", help="only these rates of load, per second")
    parser.add_argument(
        "--limit", type=int, help="of a neighbour's requests a minute; without: that of `make up`, none"
    )
    parser.add_argument("--save", type=Path, help="where to write how neighbours fared, as JSON")
    parser.add_argument("--before", type=Path, help="such a file, shown beside")
    # Ctrl-C, too, where a shell has told its background jobs to pass that over: the stack must not be left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    options = parser.parse_args()
    options.check = options.check or CHECKS
    if unknown := set(options.check) - set(CHECKS):
        parser.error(f"there is no check {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}")
    asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> None:
    console = Console(width=200)
    if "load" in options.check:
        with fresh_stack(options.checkout) as stack:
            minutes = [await load.minute(stack, rate) for rate in options.rate or load.RATES]
        console.print(load.table(minutes))
    if "doors" in options.check:
        with fresh_stack(options.checkout) as stack:
            console.print(doors.table(await doors.try_all(stack)))
    if "neighbours" in options.check:
        fared = await neighbours.compare(options.kind or neighbours.ALL, options.checkout, limit=options.limit)
        if options.save:
            options.save.write_text(show([dataclasses.asdict(neighbour) for neighbour in fared]))
        before = json.loads(options.before.read_text()) if options.before else None
        console.print(neighbours.table(fared, before))


if __name__ == "__main__":
    main()
