"""The rules of the files on the disk: each is named in the manifest, each rollback has its migration."""

from collections.abc import Iterator
from pathlib import Path

from healz_db.lint.rules import LintProblem
from healz_db.migrations import NAME, SEED_NAME, Tree

MANIFEST = "migration-manifest.yaml"


def file_problems(tree: Tree, listed: set[Path]) -> Iterator[LintProblem]:
    """Files that nobody named; ``listed``: those that the manifest names."""
    for folder in ("migrations", "rollback", "seeds"):
        for path in sorted((tree.root / folder).rglob("*")):
            if not path.is_file() or path.name.startswith(".") or path in listed:
                continue
            name = path.relative_to(tree.root).as_posix()
            if folder == "rollback":
                yield from _rollback(tree, listed, path, name)
            elif (NAME if folder == "migrations" else SEED_NAME).fullmatch(path.name):
                yield LintProblem(name, 1, "not_in_manifest", f"it is not in {MANIFEST}; name it there, or delete it")
            else:
                yield LintProblem(
                    name, 1, "bad_name", f"{wanted_name(folder)}; rename it and name it in {MANIFEST}, or delete it"
                )


def _rollback(tree: Tree, listed: set[Path], path: Path, name: str) -> Iterator[LintProblem]:
    migration = tree.root / "migrations" / path.parent.relative_to(tree.root / "rollback") / f"V{path.name[1:]}"
    if path.name.startswith("R") and migration in listed:
        return
    if not path.name.startswith("R") or NAME.fullmatch(migration.name) is None:
        yield LintProblem(name, 1, "bad_name", f"{wanted_name('rollback')}; rename it after its migration")
    elif not migration.is_file():
        what = migration.relative_to(tree.root).as_posix()
        yield LintProblem(
            name, 1, "rollback_without_migration", f"there is no {what}; rename it after its migration, or delete it"
        )


def wanted_name(folder: str) -> str:
    """What names look like in migrations, rollback or seeds."""
    if folder == "seeds":
        return "the name must be S{phase}{seq}__{domain}__{slug}.sql or .jsonl"
    letter = "V" if folder == "migrations" else "R"
    return f"the name must be {letter}{{phase}}{{seq}}__{{domain}}__expand|contract__{{slug}}.sql"
