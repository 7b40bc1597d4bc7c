"""What PostgreSQL means to do, on tables that are large enough for it to matter."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILL = (Path(__file__).parent / "integration" / "hundred_thousand_patients.sql").read_text()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The plan's root and all below it."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)
