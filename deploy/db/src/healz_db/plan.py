"""What there is to apply, and what stands in its way."""

from collections.abc import Mapping

from healz_db.bookkeeping import MigrationRow
from healz_db.migrations import BadMigration, Migration, Phase, Tree
from healz_db.refused import Refused

NONE = "000000"
"""The version below all others."""


def missing(
    tree: Tree,
    rows: Mapping[str, MigrationRow],
    phase: str | None = None,
    to: str | None = None,
    *,
    expand_only: bool = False,
) -> list[Migration]:
    """What apply has to run, in order: of one phase, up to and including a version, expands alone, where that is said.

    Raises BadMigration for a file that was changed after it was applied, Refused when the phases before are not
    complete, or for a contract while there may be none.
    """
    check_unchanged(tree, rows)
    chosen = tree.migrations
    if phase is not None:
        name = find_phase(tree, phase).name
        _check_phases_before(tree, rows, name)
        chosen = [migration for migration in chosen if migration.phase == name]
    if to is not None:
        last = find(tree, to)
        chosen = [migration for migration in chosen if tree.migrations.index(migration) <= tree.migrations.index(last)]
    if expand_only:
        chosen = [migration for migration in chosen if migration.change == "expand"]
    found = [migration for migration in chosen if not is_applied(migration, rows)]
    _check_contracts(tree, found)
    return found


def check_unchanged(tree: Tree, rows: Mapping[str, MigrationRow]) -> None:
    """Raises BadMigration for a file that is another than the one that was applied."""
    for migration in tree.migrations:
        if is_applied(migration, rows) and rows[migration.version].checksum != migration.checksum:
            raise BadMigration(
                f"{migration.path.name} was changed after it was applied (then {rows[migration.version].checksum}, "
                f"now {migration.checksum}); put it back and write a new migration"
            )


def is_applied(migration: Migration, rows: Mapping[str, MigrationRow]) -> bool:
    """Whether all of it is there; one that was interrupted is not."""
    return migration.version in rows and rows[migration.version].state == "applied"


def unknown(tree: Tree, rows: Mapping[str, MigrationRow]) -> list[str]:
    """Versions that the database has and the tree hasn't: another release was here."""
    return sorted(rows.keys() - {migration.version for migration in tree.migrations})


def is_complete(tree: Tree, rows: Mapping[str, MigrationRow], phase: str) -> bool:
    """Whether all migrations of the phase are applied."""
    return all(is_applied(migration, rows) for migration in tree.migrations if migration.phase == phase)


def find(tree: Tree, named: str) -> Migration:
    """The migration with this version or file name (V… or R…). Raises Refused."""
    name = named.rpartition("/")[2].removeprefix("V").removeprefix("R")
    for migration in tree.migrations:
        if name in (migration.version, migration.path.name.removeprefix("V")):
            return migration
    raise Refused(f"there is no migration {named}; name one as healz-db status shows them")


def find_phase(tree: Tree, named: str) -> Phase:
    """The phase with this name or number. Raises Refused."""
    for phase in tree.manifest.phases:
        if named in (phase.name, phase.number):
            return phase
    known = ", ".join(phase.name for phase in tree.manifest.phases)
    raise Refused(f"there is no phase {named}; there are {known}")


def _check_phases_before(tree: Tree, rows: Mapping[str, MigrationRow], name: str) -> None:
    for phase in tree.manifest.phases:
        if phase.name == name:
            return
        if not is_complete(tree, rows, phase.name):
            raise Refused(
                f"{phase.name} is not complete; apply it before {name}: healz-db apply --phase {phase.number}"
            )


def _check_contracts(tree: Tree, found: list[Migration]) -> None:
    if tree.manifest.schema_guardrails.allow_contract:
        return
    for number, migration in enumerate(tree.migrations):
        if migration in found and migration.change == "contract":
            before = tree.migrations[number - 1].version if number else NONE
            raise Refused(
                f"{migration.path.name} is a contract, and schema_guardrails in migration-manifest.yaml say "
                f"allow_contract: false; apply what comes before it (healz-db apply --to {before}) or allow it there"
            )
