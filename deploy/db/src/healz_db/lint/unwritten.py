"""The rule of files that nobody has written yet: ``healz-db new`` only begins them."""

from collections.abc import Iterator

from postgast.nodes import VariableSetStmt, VariableShowStmt

from healz_db.lint.rules import LintProblem
from healz_db.lint.sql_file import SqlFile
from healz_db.new import BACKWARD

TO_BE_WRITTEN = BACKWARD.splitlines()[0].partition(": ")[2]


def unwritten_migration(file: SqlFile) -> Iterator[LintProblem]:
    """It does nothing."""
    if _does_nothing(file):
        message = "it has no statement but SET and SHOW; write what it is for, or delete it with its rollback"
        yield LintProblem(file.name, 1, "no_statement", message)


def unwritten_rollback(file: SqlFile) -> Iterator[LintProblem]:
    """It does nothing, and doesn't say why: what some migrations change leads nowhere back."""
    if _does_nothing(file) and ("--" not in file.sql or TO_BE_WRITTEN in file.sql):
        message = "it has no statement but SET and SHOW; write the way back, or say in a comment why there is none"
        yield LintProblem(file.name, 1, "no_statement", message)


def _does_nothing(file: SqlFile) -> bool:
    """What is set ends with the file."""
    return not file.unreadable and all(
        isinstance(statement.node, VariableSetStmt | VariableShowStmt) for statement in file.statements
    )
