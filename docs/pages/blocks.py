"""A page's made blocks: between two marks, so that all around them is a person's to write."""

import re
from collections.abc import Iterable, Mapping, Sequence

BLOCK = re.compile(r"<!-- made: (?P<name>.+?) -->\n(?P<body>.*?)<!-- end -->\n", re.DOTALL)


def filled(page: str, blocks: Mapping[str, str]) -> str:
    """The page with each block made anew. Raises ValueError unless it has exactly these blocks."""
    names = [block["name"] for block in BLOCK.finditer(page)]
    if sorted(names) != sorted(blocks):
        missing, unknown = (
            [name for name in blocks if name not in names],
            [name for name in names if name not in blocks],
        )
        raise ValueError(
            f"give each of {missing} a section with the marks <!-- made: name --> and <!-- end -->, each on its own "
            f"line; take out those of {unknown}; each stands once"
        )
    return BLOCK.sub(lambda block: f"<!-- made: {block['name']} -->\n\n{blocks[block['name']]}\n<!-- end -->\n", page)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, with a line break at its end."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def code(*words: str) -> str:
    """Words of the code, as such."""
    return " ".join(f"`{word}`" for word in words)
