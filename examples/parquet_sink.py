"""Writes the topic into a folder of Parquet files, each row once, whenever it is killed.

A file holds some events and, in its footer, the checkpoint behind them. It appears whole or not at all: written under
another name, then linked. So the newest file says where to go on. The files are numbered, and a link does not replace:
of two sinks in one folder the one that comes second to a number stops.
"""

import os
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from cluster import client, ended, parser
from event_rows import CONTRACTS, SCHEMA, rows
from topic_log import Checkpoint, TopicLog, told

CHECKPOINT = b"healz.checkpoint"


def main() -> int:
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--contracts", default=CONTRACTS)
    arguments.add_argument("--events", type=int, default=100_000, help="at most so many in a file")
    arguments.add_argument("--seconds", type=float, default=10.0, help="a file so often, where something came")
    asked = arguments.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    number, checkpoint = newest(asked.folder)
    log = TopicLog(client(asked), asked.topic, asked.group, checkpoint)
    print(f"goes on behind {sum(log.checkpoint.positions.values())} events", flush=True)
    try:
        for events in log.batches(asked.events, asked.seconds, follow=asked.follow):
            number += 1
            write(asked.folder, number, rows(events, asked.contracts), log.checkpoint)
            print(f"wrote {len(events)} events", flush=True)
    except FileExistsError as error:
        print(f"another sink writes into this folder, too: {error.filename2} is there already")
        return 4
    finally:
        log.close()
    return told(log.holes)


def newest(folder: Path) -> tuple[int, Checkpoint]:
    """The number of the newest file, and the checkpoint in it; 0 and the beginning without one."""
    files = sorted(folder.glob("events-*.parquet"))
    if not files:
        return 0, Checkpoint()
    metadata = pq.read_schema(files[-1]).metadata
    return int(files[-1].stem.removeprefix("events-")), Checkpoint.read(metadata[CHECKPOINT].decode())


def write(folder: Path, number: int, table: Any, checkpoint: Checkpoint) -> None:
    """One file, whole or not at all. Raises FileExistsError."""
    unfinished = folder / f".unfinished-{os.getpid()}"
    with unfinished.open("wb") as file:
        pq.write_table(table.cast(SCHEMA.with_metadata({CHECKPOINT: str(checkpoint)})), file)
        file.flush()
        os.fsync(file.fileno())
    os.link(unfinished, folder / f"events-{number:09}.parquet")
    unfinished.unlink()
    entries = os.open(folder, os.O_RDONLY)
    os.fsync(entries)  # else the power could take the name with it
    os.close(entries)


if __name__ == "__main__":
    sys.exit(ended(main))
