"""Writes the topic into an Apache Iceberg table, each row once, whenever it is killed.

The checkpoint stands in the properties of the snapshot that has the rows: an append makes both, or neither. The
catalogue here is a SQLite file, the tables are a folder; with another catalogue of pyiceberg the rest stays the same.
"""

import sys
from pathlib import Path
from typing import Any

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table

from cluster import client, ended, parser
from event_rows import CONTRACTS, SCHEMA, rows
from topic_log import Checkpoint, TopicLog, told

NAMESPACE = "healz"
EVENTS = "healz.events"
CHECKPOINT = "healz.checkpoint"
PROPERTIES = {
    # Else pyiceberg repeats an append after one of somebody else: two sinks would write each row twice.
    "commit.retry.num-retries": "0",
    "write.metadata.delete-after-commit.enabled": "true",
}


def main() -> int:
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--contracts", default=CONTRACTS)
    arguments.add_argument("--events", type=int, default=100_000, help="at most so many in a snapshot")
    arguments.add_argument("--seconds", type=float, default=10.0, help="a snapshot so often, where something came")
    asked = arguments.parse_args()
    table = events_table(asked.folder)
    log = TopicLog(client(asked), asked.topic, asked.group, checkpoint(table))
    print(f"goes on behind {sum(log.checkpoint.positions.values())} events", flush=True)
    try:
        for events in log.batches(asked.events, asked.seconds, follow=asked.follow):
            table.append(rows(events, asked.contracts), snapshot_properties={CHECKPOINT: str(log.checkpoint)})
            print(f"wrote {len(events)} events", flush=True)
    except CommitFailedException as error:
        print(f"somebody else has written into the table: {error}")
        return 4
    finally:
        log.close()
    return told(log.holes)


def events_table(folder: Path) -> Table:
    """The table; it is made where it is missing."""
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    where = folder.absolute()
    catalog = SqlCatalog(NAMESPACE, uri=f"sqlite:///{where}/catalogue.db", warehouse=f"file://{where}/tables")
    catalog.create_namespace_if_not_exists(NAMESPACE)
    return catalog.create_table_if_not_exists(EVENTS, SCHEMA, properties=PROPERTIES)


def checkpoint(table: Table) -> Checkpoint:
    """The newest one: a snapshot that somebody else made, to tidy up, has none."""
    snapshot: Any = table.current_snapshot()
    while snapshot is not None:
        if snapshot.summary is not None and CHECKPOINT in snapshot.summary.additional_properties:
            return Checkpoint.read(snapshot.summary.additional_properties[CHECKPOINT])
        parent = snapshot.parent_snapshot_id
        snapshot = None if parent is None else table.snapshot_by_id(parent)
    return Checkpoint()


if __name__ == "__main__":
    sys.exit(ended(main))
