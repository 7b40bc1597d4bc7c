"""``healz-local trace``: prints a booking's whole trace, or that of an id."""

import time
from collections.abc import Sequence

import httpx
import msgspec

from healz.read_models import READ_MODELS
from healz_local.errors import LocalStackError
from healz_local.ports import HOST
from healz_local.settings import LocalSettings
from healz_local.traces.booking import book_traced
from healz_local.traces.kept import KeptSpan
from healz_local.traces.tree import tree

WHOLE_SECONDS_MAX = 15.0
PARTS = {"command-api", "relay", *(f"projector-{name}" for name in READ_MODELS)}


def show_trace(settings: LocalSettings, trace_id: str | None) -> str:
    """The trace's tree; without an id that of an appointment which is booked for it. Raises LocalStackError."""
    if not settings.traces_port:
        raise LocalStackError("HEALZ_TRACES_PORT is 0, so this stack keeps no traces.")
    head = ""
    if trace_id is None:
        booking = book_traced(settings)
        trace_id = booking.trace_id
        head = f"Booked appointment {booking.appointment_id}, position {booking.position}.\n"
        spans = _whole(settings, trace_id)
    else:
        spans = _spans(settings, trace_id)
        if not spans:
            raise LocalStackError(f"No span of trace {trace_id} is kept: it was not recorded, or it is too long ago.")
    return "\n".join((f"{head}Trace {trace_id}", *tree(trace_id, spans)))


def _whole(settings: LocalSettings, trace_id: str) -> Sequence[KeptSpan]:
    """Once each process has sent its part."""
    give_up_at = time.monotonic() + WHOLE_SECONDS_MAX
    while True:
        spans = _spans(settings, trace_id)
        missing = PARTS - {span.service for span in spans}
        if not missing:
            return spans
        if time.monotonic() > give_up_at:
            parts = ", ".join(sorted(missing))
            raise LocalStackError(f"After {WHOLE_SECONDS_MAX:.0f} s trace {trace_id} lacks {parts}: see `make status`.")
        # The pace of looking.
        time.sleep(0.1)


def _spans(settings: LocalSettings, trace_id: str) -> list[KeptSpan]:
    address = f"http://{HOST}:{settings.traces_port}/traces/{trace_id}"
    try:
        answer = httpx.get(address, timeout=5, trust_env=False)
    except httpx.TransportError as error:
        raise LocalStackError(f"Nobody keeps traces at port {settings.traces_port}: run `make up`.") from error
    if answer.status_code != httpx.codes.OK:
        raise LocalStackError(f"{trace_id} is no trace's id: it has 32 digits of 0-9 and a-f.")
    return msgspec.json.decode(answer.content, type=list[KeptSpan])
