"""What the columns are called, and how a record is divided into them."""

import csv
from collections import Counter
from dataclasses import dataclass
from typing import Any

from command_api.imports.rows.records import is_open
from command_api.imports.rows.row import OPTIONAL, REQUIRED, RowRefused

BOM = b"\xef\xbb\xbf"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
NAMES_SHOWN_MAX = 20
NAME_LENGTH_SHOWN_MAX = 60
UNREADABLE = frozenset({"row_too_long", "not_utf8", "control_character", "unreadable_row", "wrong_number_of_cells"})
"""The rules that refuse what is no row of the header at all; a file that is full of it is another kind of file."""


class HeaderRefused(Exception):
    """The file can't be read at all. ``more`` names the columns that are missing, unknown or there twice."""

    def __init__(self, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.more = more


@dataclass(frozen=True)
class Layout:
    """The delimiter, and the columns in the file's order."""

    delimiter: str
    columns: tuple[str, ...]

    def cells(self, text: bytes | None) -> dict[str, str]:
        """{column: what stands in it}, without the empty ones. Raises RowRefused."""
        if text is None:
            raise RowRefused("row_too_long", "this row is too long; is a quotation mark missing that closes a text?")
        try:
            decoded = text.decode()
        except UnicodeDecodeError:
            raise RowRefused("not_utf8", "this row is not UTF-8; save the file as CSV UTF-8") from None
        if "\0" in decoded:
            raise RowRefused("control_character", "this row holds the character U+0000; remove it")
        try:
            (found,) = csv.reader([decoded], delimiter=self.delimiter, strict=True)
        except (csv.Error, ValueError):
            raise RowRefused("unreadable_row", self._what_quotes_did(text)) from None
        if len(found) != len(self.columns):
            raise RowRefused(
                "wrong_number_of_cells", f"this row has {len(found)} cells, but the header has {len(self.columns)}"
            )
        return {name: cell.strip() for name, cell in zip(self.columns, found, strict=True) if cell.strip()}

    def _what_quotes_did(self, text: bytes) -> str:
        never_closed = is_open(text, self.delimiter.encode())
        wrong = "a quotation mark opened in this row is never closed" if never_closed else "quotation marks don't match"
        lost = len(text.splitlines()) - 1
        # They are no rows of their own to be counted or refused: here alone one learns that they were not imported.
        return f"{wrong}; lines after it that were taken for part of this row: {lost}" if lost else wrong


def read_header(text: bytes | None) -> Layout:
    """The layout that the file's first record tells. Raises HeaderRefused."""
    if text is None:
        raise HeaderRefused("the first line is too long for a header; does every row end with a newline?")
    if text.startswith(UTF_16):
        raise HeaderRefused("the file is UTF-16; save it as CSV UTF-8")
    try:
        line = text.removeprefix(BOM).decode()
    except UnicodeDecodeError:
        raise HeaderRefused("the header is not UTF-8; save the file as CSV UTF-8") from None
    if "\r" in line and "\n" not in line:
        raise HeaderRefused("the lines of this file end with a carriage return alone; save it with line feeds")
    delimiter = ";" if line.count(";") > line.count(",") else ","
    try:
        names = [name.strip().lower() for name in next(csv.reader([line], delimiter=delimiter, strict=True), [])]
    except csv.Error:
        raise HeaderRefused("quotation marks don't match in the header") from None
    times = Counter(names)
    missing = [name for name in REQUIRED if name not in times]
    unknown = [name[:NAME_LENGTH_SHOWN_MAX] for name in names if name not in (*REQUIRED, *OPTIONAL)]
    twice = [name for name in (*REQUIRED, *OPTIONAL) if times[name] > 1]
    if missing or unknown or twice:
        hint = "; separate the columns by commas or semicolons" if len(names) == 1 else ""
        raise HeaderRefused(
            f"the header must name the columns: {', '.join(REQUIRED)}; and may name: {', '.join(OPTIONAL)}{hint}",
            missing=missing,
            unknown=unknown[:NAMES_SHOWN_MAX],
            twice=twice,
        )
    return Layout(delimiter, tuple(names))
