"""What recording events costs and comes to."""

from healz.metrics.define import Count, seconds

BY = "command-api"

WRITE_LATENCY = seconds(
    "events.write_latency",
    by=BY,
    tells="From a decided command to its commit: its turn among the tenant's commits, and the database's work.",
)
WRITE_THROUGHPUT = Count(
    "events.write_throughput", "{event}", by=BY, tells="Events recorded; their rate is the throughput."
)
