"""A file's bytes to its rows: the header tells how they are divided, empty lines are passed over."""

from collections.abc import AsyncIterator
from dataclasses import replace

from command_api.imports.pauses import Pauses
from command_api.imports.rows.encodings import UTF_8, Encodings
from command_api.imports.rows.header import BOM, HeaderRefused, read_header, told_delimiter
from command_api.imports.rows.layout import Layout
from command_api.imports.rows.line_ends import LineEnds
from command_api.imports.rows.mapping import NO_MAPPING, FileMapping
from command_api.imports.rows.records import Record, Records
from command_api.imports.stopped import Stopped

WITHOUT_THEM = "remove them, and send the file again under the same Idempotency-Key"


class Reading:
    """``row_bytes_max`` and the other bounds are settings. ``layout`` and ``header`` are there with the first row.

    ``mapping`` and ``encoding`` are what the sender says of the file.
    """

    def __init__(
        self,
        header_bytes_max: int,
        row_bytes_max: int,
        blank_lines_max: int,
        pauses: Pauses,
        mapping: FileMapping = NO_MAPPING,
        encoding: str | None = None,
    ) -> None:
        self.header = Record(1, b"")
        self._layout: Layout | None = None
        self._header_bytes_max = header_bytes_max
        self._row_bytes_max = row_bytes_max
        self._blank_lines_max = blank_lines_max
        self._pauses = pauses
        self._mapping = mapping
        self._encodings = Encodings(encoding)
        self._line_ends = LineEnds()
        self._records = Records(header_bytes_max)
        self._delimiter: str | None = None
        self._blank_lines = 0
        self._blank_bytes = 0
        """Of the lines before the header."""

    @property
    def layout(self) -> Layout:
        """Once the first row is there."""
        assert self._layout is not None
        return self._layout

    async def rows(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[Record]:
        """Raises HeaderRefused, Stopped, and what reading raises."""
        async for piece in pieces:
            for record in self._records.feed(self._line_ends.feed(piece)):
                if self._is_row(record):
                    yield self._encoded(record)
                await self._pauses.take()
            if self._layout is None and self._records.is_too_long:
                read_header(Record(1, None))
            await self._pauses.take()
        for record in (*self._records.feed(self._line_ends.end()), *self._records.end()):
            if self._is_row(record):
                yield self._encoded(record)
        if self._layout is None:
            raise HeaderRefused("the body is empty; send the file itself, as curl --data-binary does")

    def _is_row(self, record: Record) -> bool:
        if record.is_blank:
            self._pass_over(record)
            return False
        if self._layout is None:
            if self._delimiter is None and (told := told_delimiter(record.text)) is not None:
                # A spreadsheet takes it for itself, and counts from the line below.
                self._delimiter = told
                self._records.begin_again()
                return False
            self.header = self._encoded(record)
            self._layout = read_header(self.header, self._mapping, self._delimiter)
            self._records.set_delimiter(self._layout.delimiter.encode())
            self._records.bytes_max = self._row_bytes_max
            return False
        return True

    def _encoded(self, record: Record) -> Record:
        if record.text is None:
            return record
        encoding = UTF_8 if record.text.startswith(BOM) else self._encodings.of(record.text)
        return replace(record, encoding=encoding) if encoding != UTF_8 else record

    def _pass_over(self, blank: Record) -> None:
        self._blank_lines += 1
        if self._layout is None:
            self._blank_bytes += len(blank.text or b"") + 1
            if self._blank_bytes > self._header_bytes_max:
                raise HeaderRefused(f"there is no header in the first {self._header_bytes_max} bytes")
        if self._blank_lines > self._blank_lines_max:
            most = self._blank_lines_max
            raise Stopped(413, "too_many_blank_lines", f"a file may have {most} empty lines at most; {WITHOUT_THEM}")
