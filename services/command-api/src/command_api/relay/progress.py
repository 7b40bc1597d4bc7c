"""How far a long command has got, on standard error: a line that changes on a terminal, else one every few seconds."""

import sys
import time
from collections.abc import Callable

TERMINAL_SECONDS, FILE_SECONDS = 0.2, 5.0


class ProgressLine:
    """Of so many events in all."""

    def __init__(self, write: Callable[[str], object] = sys.stderr.write, *, terminal: bool | None = None) -> None:
        self._write = write
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._begun = self._shown = time.monotonic()
        self.total = self.done = 0

    def begin(self, total: int) -> None:
        """Time counts from here."""
        self.total = total
        self._begun = self._shown = time.monotonic()

    def add(self, events: int) -> None:
        """So many more are done."""
        self.done += events
        now = time.monotonic()
        if now - self._shown >= (TERMINAL_SECONDS if self._terminal else FILE_SECONDS):
            self._shown = now
            self._write(f"\r\x1b[K{self}" if self._terminal else f"{self}\n")

    def end(self) -> None:
        """Says what was done in all, if anything was to be done."""
        if self.total:
            self._write(f"\r\x1b[K{self}\n" if self._terminal else f"{self}\n")

    def __str__(self) -> str:
        seconds = max(time.monotonic() - self._begun, 0.001)
        rate = self.done / seconds
        left = f"{(self.total - self.done) / rate:,.0f} s left" if rate else "no rate yet"
        return f"{self.done:,} of {self.total:,} events, {rate:,.0f} a second, {left}"
