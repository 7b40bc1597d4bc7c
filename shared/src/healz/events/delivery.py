"""How far something that was sent got. What is reported late may be older news: a status only rises."""

from typing import Literal

DeliveryStatus = Literal["sent", "delivered", "read", "failed"]
RISING: tuple[DeliveryStatus, ...] = ("sent", "failed", "delivered", "read")
"""One that failed may turn out to have arrived all the same; one that arrived did not fail."""


def rises(before: DeliveryStatus | None, after: DeliveryStatus) -> bool:
    """Whether ``after`` says more than ``before``; None: nothing was reported until now."""
    return before is None or RISING.index(after) > RISING.index(before)
