"""How the sender's file is to be understood where it does not speak as we do: columns, cells left out, words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from command_api.imports.rows.folded import folded_word
from command_api.imports.rows.row import OPTIONAL, REQUIRED

OURS = frozenset({*REQUIRED, *OPTIONAL})
MAPPED_MAX = 500
"""Of each of the three."""
LENGTH_MAX = 200


class MappingRefused(Exception):
    """``parameter`` is the one that can't be read; the message says how it is written."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.message = message


@dataclass(frozen=True)
class FileMapping:
    """``columns``: {their name: ours, or None where it is passed over}; ``cells``: {our column: what stands there where
    the file says nothing}; ``words``: {(our column, their word): ours}. Their names and words are folded.
    """

    columns: Mapping[str, str | None] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def as_bytes(self) -> bytes:
        """The same for the same mapping, and nothing for none: part of what a key stands for."""
        told = [sorted(self.columns.items()), sorted(self.cells.items()), sorted(self.words.items())]
        return repr(told).encode() if any(told) else b""


def read_mapping(columns: Iterable[str], cells: Iterable[str], words: Iterable[str]) -> FileMapping:
    """Of ``THEIRS:OURS`` (nothing behind the colon: passed over), ``OURS:VALUE`` and ``OURS:THEIRS:VALUE``.

    Raises MappingRefused.
    """
    their_columns = {
        folded_word(theirs): _ours("column", ours) if ours.strip() else None
        for theirs, ours in (_divided("column", text, "Telefone:patient_phone", from_right=True) for text in columns)
    }
    our_cells = {
        _ours("cell", ours): value.strip()
        for ours, value in (_divided("cell", text, "appointment_type:follow_up") for text in cells)
    }
    their_words = {}
    for text in words:
        ours, rest = _divided("word", text, WORD_EXAMPLE)
        theirs, value = _divided("word", rest, WORD_EXAMPLE, from_right=True)
        their_words[_ours("word", ours), folded_word(theirs)] = value.strip()
    return FileMapping(their_columns, our_cells, their_words)


WORD_EXAMPLE = "outcome:Remarcado:cancelled"


def _divided(parameter: str, text: str, example: str, *, from_right: bool = False) -> tuple[str, str]:
    if len(text) > LENGTH_MAX:
        raise MappingRefused(parameter, f"at most {LENGTH_MAX} characters")
    left, colon, right = text.rpartition(":") if from_right else text.partition(":")
    if not colon or not left.strip():
        raise MappingRefused(parameter, f"write it with a colon, like {example}")
    return left, right


def _ours(parameter: str, name: str) -> str:
    if name.strip() not in OURS:
        raise MappingRefused(parameter, f"no column of ours is called that; there are: {', '.join(sorted(OURS))}")
    return name.strip()


NO_MAPPING = FileMapping()
