"""What the columns are called."""

import csv
import re
from collections import Counter
from typing import Any

from command_api.imports.rows.folded import folded_word
from command_api.imports.rows.layout import Layout
from command_api.imports.rows.mapping import NO_MAPPING, FileMapping
from command_api.imports.rows.records import Record
from command_api.imports.rows.row import OPTIONAL, REQUIRED
from command_api.imports.rows.words import COLUMNS, TIMES

BOM = b"\xef\xbb\xbf"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = (",", ";", "\t", "|")
SEP = re.compile(rb"\"?sep=([,;\t|])\"?", re.IGNORECASE)
NAMES_SHOWN_MAX = 20
NAME_LENGTH_SHOWN_MAX = 60
REFUSED = ("refused_row", "refused_column", "refused_rule", "refused_message")
"""The columns that a file of refusals has besides; passed over when it is sent again."""
OTHER_NAMES = "a column of another name is said with ?column=THEIRS:OURS, one to pass over with ?column=THEIRS:"


class HeaderRefused(Exception):
    """The file can't be read at all. ``more`` names the columns that are missing, unknown or there twice."""

    def __init__(self, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.more = more


def told_delimiter(text: bytes | None) -> str | None:
    """Of the line ``sep=;`` that some spreadsheets want above the header; None: it is no such line."""
    found = SEP.fullmatch((text or b"").removeprefix(BOM).strip())
    return found[1].decode() if found else None


def read_header(record: Record, mapping: FileMapping = NO_MAPPING, delimiter: str | None = None) -> Layout:
    """The layout that the header tells; ``delimiter``: told before. Raises HeaderRefused."""
    if record.text is None:
        raise HeaderRefused("the first line is too long for a header; does every row end with a newline?")
    if record.text.startswith(UTF_16):
        raise HeaderRefused("the file is UTF-16; save it as CSV UTF-8")
    try:
        line = record.text.removeprefix(BOM).decode(record.encoding)
    except UnicodeDecodeError:
        raise HeaderRefused("the header is not UTF-8; save the file as CSV UTF-8") from None
    delimiter = delimiter or max(DELIMITERS, key=line.count)
    try:
        names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter, strict=True), [])]
    except csv.Error:
        raise HeaderRefused("quotation marks don't match in the header") from None
    while names and not names[-1]:
        names.pop()  # delimiters that a spreadsheet writes behind the last column
    return Layout(delimiter, _columns(names, mapping), mapping)


def _columns(names: list[str], mapping: FileMapping) -> tuple[str | None, ...]:
    columns: list[str | None] = []
    unknown: list[str] = []
    for name in names:
        word = folded_word(name)
        ours = name.lower() if name.lower() in (*REQUIRED, *OPTIONAL) else COLUMNS.get(word)
        ours = mapping.columns.get(word, ours)
        if ours is None and word not in mapping.columns and name.lower() not in REFUSED:
            unknown.append(name.lower()[:NAME_LENGTH_SHOWN_MAX])
        columns.append(ours)
    times = Counter(columns)
    missing = [name for name in REQUIRED if name not in times and name not in mapping.cells]
    # Two columns make one text where the sender says so of each, or where one is the day and the other the hour; but of
    # two that are called the same one is something else.
    joined = {*mapping.columns.values(), *TIMES}
    called: dict[str | None, set[str]] = {}
    for name, ours in zip(names, columns, strict=True):
        called.setdefault(ours, set()).add(folded_word(name))
    apart = {ours for ours, words in called.items() if len(words) == times[ours]}
    twice = [name for name in (*REQUIRED, *OPTIONAL) if times[name] > 1 and name not in joined & apart]
    if missing or unknown or twice:
        hint = "; separate the columns by commas or semicolons" if len(names) == 1 else ""
        raise HeaderRefused(
            f"the header must name the columns: {', '.join(REQUIRED)}; and may name: {', '.join(OPTIONAL)}{hint}; "
            f"{OTHER_NAMES}",
            missing=missing,
            unknown=unknown[:NAMES_SHOWN_MAX],
            twice=twice,
        )
    return tuple(columns)
