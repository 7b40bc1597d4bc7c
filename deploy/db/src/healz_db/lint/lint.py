"""``healz-db lint``: everything that is wrong with the tree, found before a database sees it."""

from collections.abc import Iterator
from pathlib import Path

from healz_db.lint.expand import expand_problems
from healz_db.lint.functions import function_problems
from healz_db.lint.releases import release_problems
from healz_db.lint.rights import right_problems
from healz_db.lint.rules import RULES, LintProblem
from healz_db.lint.security import partitioned_tables, security_problems, tenant_tables
from healz_db.lint.sql import sql_problems
from healz_db.lint.sql_file import SqlFile, read_sql
from healz_db.lint.tree import readable, tree_problems
from healz_db.lint.unwritten import unwritten_migration, unwritten_rollback
from healz_db.migrations import NAME, Tree

__all__ = ["RULES", "LintProblem", "lint"]


def lint(tree: Tree) -> list[LintProblem]:
    """All problems, by file and line; none: an empty list. A bad tree raises nothing."""
    found = [*tree_problems(tree), *release_problems(tree, readable(tree))]
    migrations, rollbacks, seeds = (list(_files(tree.root, folder)) for folder in ("migrations", "rollback", "seeds"))
    with_tenant, partitioned = tenant_tables(migrations + rollbacks), partitioned_tables(migrations)
    for file in migrations + rollbacks:
        found += [*sql_problems(file), *security_problems(file, with_tenant)]
    for file in migrations:
        found += [*unwritten_migration(file), *right_problems(file)]
        parts = NAME.fullmatch(Path(file.name).name)
        # A file that doesn't say what it is gets the strict rules.
        if parts is None or parts["change"] == "expand":
            found += expand_problems(file, partitioned)
    found += function_problems(migrations, rollbacks)
    for file in rollbacks:
        found += unwritten_rollback(file)
    for file in seeds:
        found += file.unreadable
    return sorted(found, key=lambda problem: (problem.file, problem.line, problem.rule))


def _files(root: Path, folder: str) -> Iterator[SqlFile]:
    """The folder's SQL, in the order of the versions; what the manifest doesn't name yet too."""
    for path in sorted((root / folder).rglob("*.sql"), key=lambda file: file.name):
        name = path.relative_to(root).as_posix()
        try:
            yield read_sql(name, path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            message = "it is not UTF-8; write it as UTF-8"
            yield SqlFile(name, "", (), (LintProblem(name, 1, "unparsable_sql", message),))
