"""A trace as a tree: what happened in which process, when, and how long it took."""

from collections.abc import Iterator, Sequence

from healz_local.traces.kept import KeptSpan

NOTED = {
    "http.response.status_code": "answered {}",
    "error.type": "failed: {}",
    "db.operation.batch.size": "{} appends together",
    "messaging.batch.message_count": "records: {}",
}
PLACE = ("messaging.destination.partition.id", "kafka.offset")
MS = 1_000_000


def tree(trace_id: str, spans: Sequence[KeptSpan]) -> Iterator[str]:
    """A line for each span: milliseconds since the first began, its own, its process, and under what it belongs; a
    batch's stands under the request that it links to."""
    under: dict[str, list[KeptSpan]] = {}
    known = {span.span_id for span in spans}
    for span in sorted(spans, key=lambda span: span.begin):
        link = span.link_to(trace_id)
        above = link.span_id if link is not None else span.parent_id
        under.setdefault(above if above in known else "", []).append(span)
    first = min(span.begin for span in spans)
    width = max(len(span.service) for span in spans)

    def lines(above: str, depth: int) -> Iterator[str]:
        for span in under.get(above, []):
            since, took = (span.begin - first) / MS, (span.end - span.begin) / MS
            indent = "   " * (depth - 1) + ("└─ " if depth else "")
            notes = "".join(f"  {note}" for note in _notes(trace_id, span))
            yield f"{since:9.1f} ms  +{took:8.1f} ms  {span.service:{width}}  {indent}{span.name}{notes}"
            yield from lines(span.span_id, depth + 1)

    yield from lines("", 0)


def _notes(trace_id: str, span: KeptSpan) -> Iterator[str]:
    yield from (text.format(span.attributes[name]) for name, text in NOTED.items() if name in span.attributes)
    link = span.link_to(trace_id)
    if link is None:
        return
    if set(PLACE) <= link.attributes.keys():
        yield "partition {}, offset {}".format(*(link.attributes[name] for name in PLACE))
    yield f"(a batch's, linked to {len(span.links)} request{'s' if len(span.links) > 1 else ''})"
