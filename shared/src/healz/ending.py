"""A process that ends itself, so that its supervisor starts it anew."""

import asyncio
import logging
import os
import sys

log = logging.getLogger(__name__)


def end_process(reason: str) -> None:
    """At once, with a critical line."""
    log.critical("ending the process; the supervisor starts it anew", extra={"reason": reason})
    sys.stderr.flush()
    # Not sys.exit: a wedged event loop or consumer could hold that up for ever.
    os._exit(70)


def end_process_if_failed(task: asyncio.Task[None]) -> None:
    """The done-callback of a background task, which ends by cancellation alone."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a background task failed", exc_info=error)
        end_process(f"{task.get_name()} failed")
