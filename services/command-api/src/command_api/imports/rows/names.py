"""Whether two names can be one person's, as files write them."""

from command_api.imports.rows.folded import folded_word

PARTICLES = frozenset(("da", "das", "de", "di", "do", "dos", "du", "e"))
OF_THE_FAMILY = {
    **dict.fromkeys(("jr", "junior", "filho"), "son"),
    **dict.fromkeys(("filha",), "daughter"),
    **dict.fromkeys(("neto", "neta"), "grandchild"),
    **dict.fromkeys(("sobrinho", "sobrinha"), "nephew or niece"),
}
"""What a Brazilian name ends with to tell its bearer from whom they are called after."""


def names_agree(name: str | None, other: str | None) -> bool:
    """Whether one can be the other, written shorter: Maria A. Silva is Maria Aparecida da Silva, and José Silva is not
    José Silva Filho. None: not known."""
    if name is None or other is None:
        return True
    words, others = sorted((_words(name), _words(other)), key=len)
    if OF_THE_FAMILY.get(words[-1]) != OF_THE_FAMILY.get(others[-1]):
        return False
    return _agree(words[0], others[0]) and all(any(_agree(word, long) for long in others) for word in words)


def first_names_agree(name: str | None, other: str | None) -> bool:
    """Whether the first words do. None: not known."""
    return name is None or other is None or _agree(_words(name)[0], _words(other)[0])


def _words(name: str) -> list[str]:
    words = folded_word(name).split()
    return [word for word in words if word not in PARTICLES] or words or [""]


def _agree(word: str, other: str) -> bool:
    return word == other or (1 in (len(word), len(other)) and word[0] == other[0])
