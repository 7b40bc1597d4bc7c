"""A body's bytes to the records of a CSV (RFC 4180), as they come. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Record:
    """``number`` as a spreadsheet counts: the header is 1, and empty ones count. ``text`` None: too long to be kept."""

    number: int
    text: bytes | None

    @property
    def is_blank(self) -> bool:
        """Nothing in it, or nothing but the delimiters that a spreadsheet writes below the last row."""
        return self.text is not None and not self.text.strip(b" \t\r,;")


class Records:
    """Holds one record at a time, of ``bytes_max`` at most.

    A longer one is dropped, and reading goes on in the next line: so a quote that nobody closed costs some rows, not
    the rest of the file.
    """

    def __init__(self, bytes_max: int) -> None:
        self.delimiter = b","
        """To be set once the header has told."""
        self._bytes_max = bytes_max
        self._text = bytearray()
        self._line_at = 0
        self._in_quotes = False
        self._too_long = False
        self._number = 0

    def feed(self, chunk: bytes) -> Iterator[Record]:
        """The records that end in this chunk."""
        first, *others = chunk.split(b"\n")
        self._grow(first)
        for line in others:
            yield from self._end_line(last=False)
            self._grow(line)

    def end(self) -> Iterator[Record]:
        """The last record, where no newline follows it."""
        if self._text or self._too_long:
            yield from self._end_line(last=True)

    def _grow(self, part: bytes) -> None:
        if self._too_long or len(self._text) + len(part) > self._bytes_max:
            self._too_long = True
            self._text.clear()
        else:
            self._text += part

    def _end_line(self, *, last: bool) -> Iterator[Record]:
        if not self._too_long:
            self._in_quotes = ends_in_quotes(bytes(self._text[self._line_at :]), self.delimiter, self._in_quotes)
            if self._in_quotes and not last:
                self._text += b"\n"
                self._line_at = len(self._text)
                return
        self._number += 1
        yield Record(self._number, None if self._too_long else bytes(self._text).removesuffix(b"\r"))
        self._text.clear()
        self._line_at, self._in_quotes, self._too_long = 0, False, False


def ends_in_quotes(line: bytes, delimiter: bytes, in_quotes: bool) -> bool:
    """Whether a quoted field is open at the line's end. A quote opens one at a field's begin alone."""
    if not in_quotes and b'"' not in line:
        return False
    at = 0
    while True:
        if not in_quotes and line[at : at + 1] == b'"':
            in_quotes, at = True, at + 1
        if in_quotes:
            at = _closed_at(line, at)
            if at < 0:
                return True
            in_quotes = False
        at = line.find(delimiter, at) + 1
        if at == 0:
            return False


def _closed_at(line: bytes, at: int) -> int:
    """Just after the quote that closes the field; -1: none does. Two in a row are one in the text."""
    while (at := line.find(b'"', at) + 1) > 0:
        if line[at : at + 1] != b'"':
            return at
        at += 1
    return -1
