"""The rules of releases: what runs beside what, and when something may be taken away."""

from collections.abc import Iterator

from healz_db.lint.files import MANIFEST
from healz_db.lint.rules import LintProblem
from healz_db.migrations import Migration, Tree


def release_problems(tree: Tree, migrations: list[Migration]) -> Iterator[LintProblem]:
    """``migrations``: those that can be read, in order."""
    releases = tree.manifest.releases
    if tree.manifest.next_release not in releases:
        message = f"next_release {tree.manifest.next_release} is not among the releases; add it there, or correct it"
        yield LintProblem(MANIFEST, 1, "unknown_release", message)
    phases = [phase.name for phase in tree.manifest.phases]
    latest_before = dict.fromkeys(phases, -1)
    for migration in migrations:
        if migration.release in releases:
            for later in phases[phases.index(migration.phase) + 1 :]:
                latest_before[later] = max(latest_before[later], releases.index(migration.release))
    for migration in migrations:
        if migration.release not in releases:
            yield _at(
                tree,
                migration,
                "unknown_release",
                f"its release {migration.release} is not among the manifest's releases; add it there, or correct it",
            )
        elif releases.index(migration.release) < latest_before[migration.phase]:
            yield _at(
                tree,
                migration,
                "release_goes_back",
                f"its release {migration.release} is older than one of an earlier phase; give it "
                f"{releases[latest_before[migration.phase]]} or later, or move it to the phase of its release",
            )
        if migration.change == "contract":
            yield from _contract(tree, migration, migrations)


def _contract(tree: Tree, contract: Migration, migrations: list[Migration]) -> Iterator[LintProblem]:
    if not tree.manifest.schema_guardrails.allow_contract:
        message = "a contract while schema_guardrails say allow_contract: false; wait, and take it out of the manifest"
        yield _at(tree, contract, "contract_not_allowed", message)
    if contract.undoes is None:
        message = "a contract must say which expand it takes back; add a header line such as `-- undoes: V100010`"
        yield _at(tree, contract, "contract_without_undoes", message)
        return
    before = migrations[: migrations.index(contract)]
    expand = next(
        (migration for migration in before if migration.version == contract.undoes and migration.change == "expand"),
        None,
    )
    if expand is None:
        message = (
            f"V{contract.undoes} is no expand that runs before this; name the one that it takes back after `-- undoes:`"
        )
        yield _at(tree, contract, "undoes_unknown", message)
    elif too_early := _too_early(tree, expand, contract):
        message = f"{too_early} that it takes back; move it to a later phase and release"
        yield _at(tree, contract, "contract_too_early", message)


def _too_early(tree: Tree, expand: Migration, contract: Migration) -> str | None:
    releases = tree.manifest.releases
    known = {expand.release, contract.release} <= set(releases)
    if known and releases.index(contract.release) <= releases.index(expand.release):
        return f"it comes in release {contract.release}, no later than {expand.release}, the one of V{expand.version}"
    if contract.phase == expand.phase:
        return f"it is in {contract.phase}, the phase of V{expand.version}"
    return None


def _at(tree: Tree, migration: Migration, rule: str, message: str) -> LintProblem:
    return LintProblem(migration.path.relative_to(tree.root).as_posix(), 1, rule, message)
