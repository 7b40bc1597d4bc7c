"""How a long-running process treats its garbage."""

import gc

YOUNG_OBJECTS_MAX = 50_000
"""More than the 19 per event of a batch of 2,000: nearly all of them die by themselves when the batch is done."""


def settle() -> None:
    """To be called once, when all is imported and put together: what lives now is never looked at for garbage again.

    Python's cyclic collector would walk through all modules and validators whenever enough new objects have come, which
    is several times in each batch of events: more than a quarter of a projector's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS_MAX, *gc.get_threshold()[1:])
