"""The rows that were refused, as a file: with what is wrong beside each, to be corrected and sent again."""

import csv
import io

from command_api.imports.rows.header import BOM, REFUSED
from command_api.imports.rows.layout import Layout
from command_api.imports.rows.records import Record
from command_api.imports.tally import Refusal


class RefusedFile:
    """A CSV in memory, of ``bytes_max`` at most; in UTF-8 with a mark that spreadsheets know it by.

    Its columns are the sent file's, and ``REFUSED`` behind them, which an import passes over.
    """

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._text = io.BytesIO()
        self.left_out = 0
        """Refused rows that had no room here."""

    def add(self, layout: Layout, record: Record, header: Record, refusal: Refusal) -> None:
        """One more row."""
        if not self._text.tell():
            names = [name.removeprefix("\ufeff") for name in layout.texts(header)[: len(layout.columns)]]
            self._text.write(BOM + _line(layout, [*names, *REFUSED]))
        told = (str(refusal.row), refusal.column or "", refusal.rule, refusal.message)
        cells = layout.texts(record)[: len(layout.columns)]
        cells += [""] * (len(layout.columns) - len(cells))
        line = _line(layout, [*cells, *told])
        if self._text.tell() + len(line) > self._bytes_max:
            self.left_out += 1
        else:
            self._text.write(line)

    @property
    def content(self) -> bytes:
        """Nothing, when no row was refused."""
        return self._text.getvalue()


def _line(layout: Layout, cells: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=layout.delimiter).writerow(cells)
    return text.getvalue().encode(errors="replace")
