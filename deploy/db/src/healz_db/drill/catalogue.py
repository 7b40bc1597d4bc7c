"""The schema as its catalogue has it: every object, its definition and its rights, by names that outlast an OID."""

from dataclasses import dataclass

import asyncpg

from healz_db.drill.catalogue_queries import QUERIES

Catalogue = dict[tuple[str, str], str]
"""(kind, name) to definition."""


@dataclass(frozen=True)
class Difference:
    """One object that isn't the same on both sides; None: it isn't there."""

    kind: str
    name: str
    before: str | None
    after: str | None

    @property
    def what(self) -> str:
        """In a word: gone, new or other."""
        if self.after is None:
            return "gone"
        return "new" if self.before is None else "other"


async def take_catalogue(connection: asyncpg.Connection) -> Catalogue:
    """All objects of the database but those of PostgreSQL itself and of extensions; roles belong to the cluster."""
    catalogue: Catalogue = {}
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        # So that every name is written with its schema.
        await connection.execute("SET LOCAL search_path = ''")
        for kind, query in QUERIES.items():
            for name, definition in await connection.fetch(query):
                catalogue[kind, name] = definition or ""
    return catalogue


def differences(before: Catalogue, after: Catalogue) -> list[Difference]:
    """What differs, by kind and name."""
    return [
        Difference(*key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
