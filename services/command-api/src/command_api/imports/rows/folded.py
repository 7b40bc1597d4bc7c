"""Texts compared as people compare them: accents, capitals and spaces make no difference."""

import re
import unicodedata

SEPARATORS = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """João  da Conceição is joao da conceicao."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(plain.casefold().split())


def folded_word(text: str) -> str:
    """A header's name or a cell's word: No-Show, no_show and "no show" are one. Of signs alone, the signs."""
    return SEPARATORS.sub(" ", folded(text)).strip() or folded(text)
