"""A body's bytes to the records of a CSV (RFC 4180), as they come."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

QUOTE = ord('"')


@dataclass(frozen=True)
class Record:
    """``number`` as a spreadsheet counts: the header is 1, and empty ones count. ``text`` None: too long to be kept."""

    number: int
    text: bytes | None
    encoding: str = "utf-8"

    @property
    def is_blank(self) -> bool:
        """Nothing in it, or nothing but the delimiters that a spreadsheet writes below the last row."""
        return self.text is not None and not self.text.strip(b" \t\r,;|")


class Records:
    """A scanner that looks at each byte once, however the bytes come. It holds one record at a time, of ``bytes_max``.

    A longer one is dropped, and reading goes on in the next line: so a quote that nobody closed costs some rows, not
    the rest of the file.
    """

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        self.is_too_long = False
        """The record that has not ended yet."""
        self.set_delimiter(b",")
        self._text = bytearray()
        self._begin = 0
        """Of the record, in the text."""
        self._at = 0
        """So far the text is known not to end the record."""
        self._in_quotes = False
        self._number = 0

    def begin_again(self) -> None:
        """The record that came last was none of the sheet's: the next one is its first."""
        self._number = 0

    def set_delimiter(self, delimiter: bytes) -> None:
        """To be called once the header is read."""
        self._delimiter = delimiter
        # What matters outside quotes: a line's end, and a quote at a field's begin, which alone opens a quoted text.
        self._mark = re.compile(rb'\n|%b"' % re.escape(delimiter))

    def feed(self, chunk: bytes) -> Iterator[Record]:
        """The records that end in this chunk."""
        self._text += chunk
        while (end := self._end()) >= 0:
            yield self._record(end)
            self._begin = self._at = end + 1
        gone = self._at if self.is_too_long else self._begin
        del self._text[:gone]
        self._begin, self._at = 0, self._at - gone

    def end(self) -> Iterator[Record]:
        """The last record, where no newline follows it."""
        if self._text or self.is_too_long:
            yield self._record(len(self._text))

    def _record(self, end: int) -> Record:
        self._number += 1
        text = None if self.is_too_long else bytes(self._text[self._begin : end]).removesuffix(b"\r")
        self.is_too_long = self._in_quotes = False
        return Record(self._number, text)

    def _end(self) -> int:
        """Where the newline is that ends the record; -1: it isn't here yet."""
        if not self.is_too_long:
            stop = self._begin + self.bytes_max + 1
            end = self._scan(stop)
            if end >= 0 or len(self._text) < stop:
                return end
            self.is_too_long, self._at = True, stop
        end = self._text.find(b"\n", self._at)
        self._at = len(self._text)
        return end

    def _scan(self, stop: int) -> int:
        """Goes on where it was, up to ``stop``. Each step is a quote; what lies between is searched by C."""
        known = min(len(self._text), stop)
        while True:
            if self._in_quotes:
                quote = self._text.find(b'"', self._at, stop)
                if quote < 0 or quote + 1 == known:
                    self._at = known if quote < 0 else quote
                    return -1
                # Two in a row are one in the text.
                self._in_quotes = self._text[quote + 1] == QUOTE
                self._at = quote + 1 + self._in_quotes
            elif self._at == self._begin and self._text.startswith(b'"', self._begin):
                self._in_quotes, self._at = True, self._at + 1
            elif (mark := self._mark.search(self._text, self._at, stop)) is None:
                # A delimiter at the end may have a quote behind it.
                self._at = known - self._text.endswith(self._delimiter, self._at, known)
                return -1
            elif mark.group() == b"\n":
                return mark.start()
            else:
                self._in_quotes, self._at = True, mark.end()


def is_open(text: bytes, delimiter: bytes) -> bool:
    """Whether a quote that was opened in this record is never closed."""
    records = Records(len(text))
    records.set_delimiter(delimiter)
    return not any(records.feed(text + b"\n"))
