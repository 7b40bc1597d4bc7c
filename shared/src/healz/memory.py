"""Garbage collection in a process that runs for long."""

import gc

YOUNG_OBJECTS_MAX = 50_000
"""More than the 19 per event of a batch of 2,000: nearly all of them die by themselves when the batch is done."""


def settle() -> None:
    """Freezes start-up objects out of garbage collection. Call it once, when all is imported and put together.

    Else Python's cyclic collector walks through all modules and validators whenever enough new objects have come, which
    is several times in each batch of events: more than a quarter of a projector's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS_MAX, *gc.get_threshold()[1:])
