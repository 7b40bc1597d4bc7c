"""The demonstration: appointments through the whole running stack, and what came of them."""

import asyncio
from pathlib import Path

from healz_local.demo.perform import perform
from healz_local.errors import LocalStackError
from healz_local.settings import LocalSettings


def main(settings: LocalSettings, *, rows: int, data: Path | None) -> int:
    """Feed the next ``rows`` rows of ``data``, or of a generated clinic, and show what came of them.

    Returns the exit code: 0 when all figures agree, else 1. Raises LocalStackError.
    """
    if rows < 1:
        raise LocalStackError(f"{rows} rows can't be fed: give at least 1, as in `make demo N=500`.")
    return asyncio.run(perform(settings, rows, data))
