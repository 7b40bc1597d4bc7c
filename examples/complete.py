"""Proves that the topic has each tenant's log whole, and goes on where it was when it is killed.

The checkpoint stands in one SQLite file with what it has counted, and both are written in one transaction: a crash
between the two can't be. Kafka's own offsets of a group are not used. They would be a second truth, written before or
after the first, and they mean nothing any more once a lost topic has come back.
"""

import sqlite3
import sys
from collections import Counter
from pathlib import Path

from cluster import client, ended, parser
from topic_log import Checkpoint, Envelope, TopicLog, told

TABLES = """
CREATE TABLE IF NOT EXISTS checkpoint (one INTEGER PRIMARY KEY CHECK (one = 1), written TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counted (tenant_id TEXT, event_type TEXT, events INTEGER NOT NULL,
                                    PRIMARY KEY (tenant_id, event_type));
"""
COUNT = """
INSERT INTO counted VALUES (?, ?, ?) ON CONFLICT (tenant_id, event_type) DO UPDATE SET events = events + excluded.events
"""
KEEP = "INSERT INTO checkpoint VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET written = excluded.written"
PROOF = "SELECT tenant_id, sum(events) FROM counted GROUP BY tenant_id ORDER BY tenant_id"


def main() -> int:
    arguments = parser(__doc__)
    arguments.add_argument("--file", type=Path, default=Path("complete.db"))
    arguments.add_argument("--events", type=int, default=1000, help="at most so many in a transaction")
    asked = arguments.parse_args()
    database = sqlite3.connect(asked.file)
    database.executescript(TABLES)
    kept = database.execute("SELECT written FROM checkpoint").fetchone()
    log = TopicLog(client(asked), asked.topic, asked.group, Checkpoint.read(kept and kept[0]))
    try:
        for events in log.batches(asked.events, 0.5, follow=asked.follow):
            write(database, events, log.checkpoint)
    finally:
        log.close()
    whole = True
    for tenant, count in database.execute(PROOF):
        position = log.checkpoint.positions[tenant]
        whole &= count == position
        print(f"tenant {tenant}: {count} events, the last at position {position}: {count == position}")
    return told(log.holes) or int(not whole)


def write(database: sqlite3.Connection, events: list[Envelope], checkpoint: Checkpoint) -> None:
    """What the events say, and the checkpoint behind them: both or neither."""
    counts = Counter((event["tenant_id"], event["event_type"]) for event in events)
    with database:
        database.executemany(COUNT, [(*key, count) for key, count in counts.items()])
        database.execute(KEEP, (str(checkpoint),))


if __name__ == "__main__":
    sys.exit(ended(main))
