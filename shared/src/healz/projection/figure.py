"""A figure of the clinics': what an event counts as when it is applied."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opentelemetry.metrics import Counter

from healz.events import Event


def _always(_: Any) -> bool:
    return True


@dataclass(frozen=True)
class Figure:
    """Counts, of the events of a class, those that are ``such``."""

    counter: Counter
    such: Callable[[Any], bool] = _always


Figures = Mapping[type[Event], Figure]
"""By the events' class."""
