"""How a record is divided into the cells of the columns."""

import csv
from dataclasses import dataclass

from command_api.imports.rows.folded import folded_word
from command_api.imports.rows.mapping import NO_MAPPING, FileMapping
from command_api.imports.rows.records import Record, is_open
from command_api.imports.rows.row import RowRefused
from command_api.imports.rows.words import WORDS

NOT_DECODED = (
    "this row is not in the encoding of the rows before it; save the file as CSV UTF-8, or say in the Content-Type "
    "what it is, like text/csv; charset=windows-1252"
)
UNREADABLE = frozenset({"row_too_long", "not_utf8", "control_character", "unreadable_row", "wrong_number_of_cells"})
"""The rules that refuse what is no row of the header at all; a file that is full of it is another kind of file."""


@dataclass(frozen=True)
class Layout:
    """The delimiter, and the columns in the file's order; None: one that is passed over."""

    delimiter: str
    columns: tuple[str | None, ...]
    mapping: FileMapping = NO_MAPPING

    def cells(self, record: Record) -> dict[str, str]:
        """{column: what stands in it}, without the empty ones. Raises RowRefused."""
        if record.text is None:
            raise RowRefused("row_too_long", "this row is too long; is a quotation mark missing that closes a text?")
        found = self._divided(record.text, record.encoding)
        if any(cell.strip() for cell in found[len(self.columns) :]) or len(found) < len(self.columns):
            raise RowRefused(
                "wrong_number_of_cells", f"this row has {len(found)} cells, but the header has {len(self.columns)}"
            )
        cells: dict[str, str] = {}
        for name, cell in zip(self.columns, found, strict=False):
            if name is not None and (text := cell.strip()):
                # A day and an hour, an area code and a number: what stands in two columns is one text.
                cells[name] = f"{cells[name]} {text}" if name in cells else text
        return self._understood({**self.mapping.cells, **cells})

    def texts(self, record: Record) -> list[str]:
        """What stands in the record, for whoever is to correct it: all of it in one cell where it can't be divided."""
        if record.text is None:
            return []
        try:
            return self._divided(record.text, record.encoding)
        except RowRefused:
            return [record.text.decode(record.encoding, errors="replace")]

    def _divided(self, text: bytes, encoding: str) -> list[str]:
        try:
            decoded = text.decode(encoding)
        except UnicodeDecodeError:
            raise RowRefused("not_utf8", NOT_DECODED) from None
        if "\0" in decoded:
            raise RowRefused("control_character", "this row holds the character U+0000; remove it")
        try:
            (found,) = csv.reader([decoded], delimiter=self.delimiter, strict=True)
        except (csv.Error, ValueError):
            raise RowRefused("unreadable_row", self._what_quotes_did(text)) from None
        return found

    def _understood(self, cells: dict[str, str]) -> dict[str, str]:
        """With our words for theirs: the sender's mapping first, then what clinics' software usually says."""
        implied: dict[str, str] = {}
        for name, text in cells.items():
            word = folded_word(text) if name in WORDS or self.mapping.words else ""
            if (mapped := self.mapping.words.get((name, word))) is not None:
                cells[name], word = mapped, folded_word(mapped)
            if known := WORDS.get(name, {}).get(word):
                cells[name] = known[name]
                implied |= known
        return {**implied, **cells}

    def _what_quotes_did(self, text: bytes) -> str:
        never_closed = is_open(text, self.delimiter.encode())
        wrong = "a quotation mark opened in this row is never closed" if never_closed else "quotation marks don't match"
        lost = len(text.splitlines()) - 1
        # They are no rows of their own to be counted or refused: here alone one learns that they were not imported.
        return f"{wrong}; lines after it that were taken for part of this row: {lost}" if lost else wrong
