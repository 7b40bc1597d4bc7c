"""Each rule of ``lint`` has an example that it refuses, and one beside it that it lets through."""

import re
from pathlib import Path

import pytest

from healz_db.lint.lint import RULES, LintProblem, lint
from healz_db.migrations import read_tree
from healz_db.settings import DEPLOY_DB
from migrations.lint_sql_examples import ANY_FILE, ANY_MIGRATION, EXPAND, NO_TRANSACTION, TIMEOUT, SqlExample
from migrations.lint_tree_examples import MVP, TREES, V1_1, Draft, TreeExample, draft

FILE = "reference/V100012__reference__expand__example.sql"
CONTRACT = "reference/V200003__reference__contract__example.sql"


def named(example: SqlExample | TreeExample) -> str:
    return example.name


def found_in(root: Path, sql: str) -> list[LintProblem]:
    tree = draft()
    tree.migration(MVP, FILE, "1.0", sql)
    return lint(tree.write(root))


def at(problems: list[LintProblem]) -> list[tuple[str, int]]:
    return [(problem.rule, problem.line) for problem in problems]


@pytest.mark.parametrize("example", EXPAND + ANY_FILE + ANY_MIGRATION, ids=named)
def test_bad_sql_is_refused(example: SqlExample, tmp_path: Path) -> None:
    problems = found_in(tmp_path, example.bad)
    assert {problem.rule for problem in problems} == {example.rule}
    for problem in problems:
        assert problem.file == f"migrations/{MVP}/{FILE}"
        assert example.todo in problem.message
        assert str(problem).startswith(f"migrations/{MVP}/{FILE}:{problem.line}: ")


@pytest.mark.parametrize("example", EXPAND + ANY_FILE + ANY_MIGRATION, ids=named)
def test_good_sql_passes(example: SqlExample, tmp_path: Path) -> None:
    assert found_in(tmp_path, example.good) == []


@pytest.mark.parametrize("example", EXPAND, ids=named)
def test_a_contract_may(example: SqlExample, tmp_path: Path) -> None:
    tree = draft()
    tree.migration(V1_1, CONTRACT, "1.1", f"-- undoes: V100010\n{example.bad}")
    assert lint(tree.write(tmp_path)) == []


@pytest.mark.parametrize("example", ANY_FILE, ids=named)
def test_what_no_file_may_no_rollback_may(example: SqlExample, tmp_path: Path) -> None:
    tree = draft()
    tree.migration(MVP, FILE, "1.0")
    rollback = f"rollback/{MVP}/{FILE.replace('/V', '/R')}"
    tree.files[rollback] = example.bad
    assert {(problem.file, problem.rule) for problem in lint(tree.write(tmp_path))} == {(rollback, example.rule)}


@pytest.mark.parametrize("example", ANY_MIGRATION, ids=named)
def test_what_no_expand_may_no_contract_may(example: SqlExample, tmp_path: Path) -> None:
    tree = draft()
    tree.migration(V1_1, CONTRACT, "1.1", f"-- undoes: V100010\n{example.bad}")
    assert {problem.rule for problem in lint(tree.write(tmp_path))} == {example.rule}


@pytest.mark.parametrize("example", TREES, ids=named)
def test_a_bad_tree_is_refused(example: TreeExample, tmp_path: Path) -> None:
    tree = draft()
    example.spoil(tree)
    problems = lint(tree.write(tmp_path))
    assert {(problem.file, problem.rule) for problem in problems} == {(example.file, example.rule)}
    assert all(example.todo in problem.message for problem in problems)


@pytest.mark.parametrize("example", TREES, ids=named)
def test_a_good_tree_passes(example: TreeExample, tmp_path: Path) -> None:
    tree = draft()
    example.good(tree)
    assert lint(tree.write(tmp_path)) == []


def test_each_rule_has_an_example() -> None:
    of_files = {example.rule for example in EXPAND + ANY_FILE + ANY_MIGRATION}
    assert of_files | {example.rule for example in TREES} == set(RULES)


def test_every_problem_is_listed(tmp_path: Path) -> None:
    tree = draft()
    tree.migration(MVP, FILE, "8.8", "DROP TABLE a.b; DROP TABLE a.c;\nLOCK TABLE a.d")
    tree.migration(MVP, "reference/oops.sql", "1.0")
    assert {problem.rule for problem in lint(tree.write(tmp_path))} == {
        "bad_name",
        "unknown_release",
        "missing_lock_timeout",
        "drop_in_expand",
        "lock_table",
    }


def test_the_line_is_the_statements(tmp_path: Path) -> None:
    sql = f"-- Não é aqui.\n{TIMEOUT}\n-- Nem aqui; nor /* here.\nSELECT 'é';\n\n/* now\n*/ LOCK TABLE\n  a.b;\n"
    assert at(found_in(tmp_path, sql)) == [("lock_table", 8)]


def test_the_line_is_that_of_the_do_blocks_statement(tmp_path: Path) -> None:
    sql = (
        f"{TIMEOUT}-- é\nDO LANGUAGE plpgsql\n$$\nBEGIN\n    PERFORM 1;\n    LOCK TABLE a.b;\nEND\n$$;\nLOCK TABLE a.c;"
    )
    assert at(found_in(tmp_path, sql)) == [("lock_table", 7), ("lock_table", 10)]


def test_the_line_is_the_parsers(tmp_path: Path) -> None:
    assert at(found_in(tmp_path, f"-- é é é\n{TIMEOUT}SELECT 1;\nSELECT 'é'\n  FORM x y;\n")) == [("unparsable_sql", 5)]


def test_what_is_built_cannot_be_seen(tmp_path: Path) -> None:
    sql = TIMEOUT + "DO $$ BEGIN EXECUTE format('DROP TABLE %I.%I', 'a', 'b'); END $$"
    assert found_in(tmp_path, sql) == []


def test_a_partitioned_table_gets_its_index_in_steps(tmp_path: Path) -> None:
    steps = """
        CREATE INDEX events_type ON ONLY reference.rooms (name);
        CREATE INDEX CONCURRENTLY rooms_a_name ON reference.rooms_a (name);
        ALTER INDEX reference.events_type ATTACH PARTITION reference.rooms_a_name;
    """
    assert found_in(tmp_path, NO_TRANSACTION + steps) == []


def test_a_partition_of_another_files_table_is_protected_too(tmp_path: Path) -> None:
    tree = Draft()
    parent = "CREATE TABLE a.b (tenant_id uuid) PARTITION BY LIST (tenant_id); CALL ops.protect('a.b');"
    tree.migration(MVP, "reference/V100001__reference__expand__b.sql", "1.0", TIMEOUT + parent)
    partition = "CREATE TABLE a.c PARTITION OF a.b DEFAULT;"
    tree.migration(MVP, "reference/V100002__reference__expand__c.sql", "1.0", TIMEOUT + partition)
    problems = lint(tree.write(tmp_path))
    assert [(Path(problem.file).name, problem.rule) for problem in problems] == [
        ("V100002__reference__expand__c.sql", "no_row_level_security")
    ]


def test_a_file_that_is_not_text_is_a_problem(tmp_path: Path) -> None:
    tree = draft()
    tree.migration(MVP, FILE, "1.0")
    tree.write(tmp_path)
    (tmp_path / "migrations" / MVP / FILE).write_bytes(b"\xff\xfe\x00")
    assert [problem.rule for problem in lint(read_tree(tmp_path))] == ["unparsable_sql"]


def test_an_empty_tree_passes(tmp_path: Path) -> None:
    assert lint(Draft().write(tmp_path)) == []


def test_the_real_tree_passes() -> None:
    assert [str(problem) for problem in lint(read_tree())] == []


def test_the_changelog_has_the_manifests_releases() -> None:
    changelog = (DEPLOY_DB.parents[1] / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## (\S+) — (.+)$", changelog, re.MULTILINE)[::-1]
    manifest = read_tree().manifest
    assert [release for release, _ in headings] == manifest.releases
    assert manifest.next_release == next(release for release, said in headings if said in ("unreleased", "not begun"))
