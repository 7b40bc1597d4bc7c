"""What ``lint`` may find, each rule with why it is there."""

from dataclasses import dataclass

RULES = {
    # The tree's, in tree.py, files.py and releases.py.
    "bad_name": "a file's place in the order, its domain and its kind are read from its name",
    "wrong_phase": "a version that doesn't begin with its phase's number would run before or after its own phase",
    "wrong_domain": "a file is looked for in the folder of its domain",
    "missing_file": "the deployment would stop half-way at a name without a file",
    "not_in_manifest": "a file that nobody applies looks as if it had been applied",
    "missing_rollback": "a release that goes wrong at night must have its way back written by day",
    "rollback_without_migration": "a way back from nowhere is a renamed or forgotten migration",
    "duplicate_version": "the bookkeeping knows one file per version",
    "wrong_order": "what runs in the manifest's order must be what one reads in the folder's",
    "hole_in_order": "a missing number is a file that was lost in a merge",
    "unknown_release": "without its place among the releases nobody can say what runs beside a migration",
    "release_goes_back": "a phase comes with its release, never before an earlier phase has come",
    "contract_not_allowed": "the guardrail is there for the weeks in which a release may still have to be taken back",
    "contract_without_undoes": "whether it is too early depends on the expand that it takes back",
    "undoes_unknown": "a contract can only take back an expand that has run before it",
    "contract_too_early": "the release that still uses the expand would run without it",
    # Those of every SQL file, in unwritten.py, sql.py and security.py.
    "no_statement": "it would be recorded as applied, or as taken back, and nothing would be different",
    "unparsable_sql": "what can't be parsed can't be checked, nor applied",
    "missing_lock_timeout": "a statement that waits for a lock makes everybody else wait behind it",
    "transaction_control": "the runner opens and closes the transaction, with the bookkeeping in it",
    "concurrently_in_transaction": "PostgreSQL refuses CONCURRENTLY within a transaction",
    "no_row_level_security": "one clinic's rows would be seen by another",
    "plain_view": "a plain view reads with its owner's policies, not with the asker's",
    "definer_without_search_path": "the caller's search_path would choose what runs with the owner's rights",
    # Those of every migration's SQL, in rights.py.
    "dangerous_right": "with it one clinic's rows, or the history itself, are open to who must not have them",
    # Those of functions that change, in functions.py.
    "copied_body": "what changes is lost among all the lines that don't",
    "change_does_not_fit": "the database would refuse it, halfway through a deployment",
    # Those of an expand's SQL, in expand.py and what it calls: the running release goes on meanwhile.
    "drop_in_expand": "the running release may still use it",
    "rename_in_expand": "the running release knows the old name",
    "not_null_on_existing": "the table is scanned under the strongest lock, and rows with NULL stop the deployment",
    "not_null_without_default": "it fails on rows that exist, and so does every insert of the running release",
    "volatile_default": "each row needs its own value, so the whole table is rewritten under the strongest lock",
    "type_change": "the table is rewritten under the strongest lock, and the running release knows the old type",
    "table_rewrite": "nobody reads or writes the table until it has been written anew",
    "revoke_in_expand": "the running release may still need the right",
    "constraint_without_not_valid": "the table is scanned under a lock that stops writes",
    "unique_without_index": "the index is built under a lock that stops reads and writes",
    "rows_removed": "an expand only adds; what is gone no rollback brings back",
    "index_blocks_writes": "writes wait until the index is built",
    "update_without_where": "every row stays locked until the end of the file, and the table grows to twice its size",
    "create_rule": "it changes what the running release's statements do, without a word to it",
    "refresh_blocks_reads": "reads wait until the refresh is done",
    "lock_table": "a lock taken by name is held until the end of the file",
}


@dataclass(frozen=True)
class LintProblem:
    """``file`` is relative to the tree's root, ``line`` counts from 1, ``rule`` is a key of RULES."""

    file: str
    line: int
    rule: str
    message: str
    """What is wrong; what to do instead."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} [{self.rule}]"
