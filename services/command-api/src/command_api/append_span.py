"""The span of an append's one call, by the database conventions of OpenTelemetry."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from opentelemetry.trace import Link, SpanContext, SpanKind

from command_api.append import Guarded
from healz.traces.context import context_of
from healz.traces.recorder import NOTHING, Attributes, Recorder, recorder

PROCEDURE = "event_store.append_commits"
SUMMARY = f"SELECT {PROCEDURE}"
COMMITS = "db.operation.batch.size"
ABOUT: Attributes = {
    "db.system.name": "postgresql",
    "db.query.summary": SUMMARY,
    "db.stored_procedure.name": PROCEDURE,
}


def append_span(group: Sequence[Guarded]) -> AbstractContextManager[None]:
    """Of one append: its request's child. Of several that go together: nobody's, linked to the request of each."""
    own = recorder()
    return NOTHING if own is None else _span(own, group)


def _span(own: Recorder, group: Sequence[Guarded]) -> AbstractContextManager[None]:
    wanted = [context for guarded in group if (context := _context(own, guarded)) is not None]
    if not wanted:
        return NOTHING
    if len(group) == 1:
        return own.child(SUMMARY, SpanKind.CLIENT, wanted[0], ABOUT)
    links = [Link(context) for context in wanted]
    return own.batch(SUMMARY, SpanKind.CLIENT, links, {**ABOUT, COMMITS: len(group)})


def _context(own: Recorder, guarded: Guarded) -> SpanContext | None:
    context = context_of(guarded.append.metadata.get("traceparent"))
    return context if context is not None and own.is_wanted(context) else None
