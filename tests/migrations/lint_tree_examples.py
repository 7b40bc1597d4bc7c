"""What lint refuses in the tree of files and in the manifest, and beside it what it lets through."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from healz_db.lint.functions import checksum
from healz_db.migrations import Tree, read_tree
from healz_db.new import BACKWARD
from migrations.lint_sql_examples import NO_TRANSACTION, TIMEOUT, WRITTEN

EXPAND = "reference/V100010__reference__expand__rooms.sql"
NEXT = "reference/V100011__reference__expand__beds.sql"
LATER = "reference/V200001__reference__expand__wards.sql"
CONTRACT = "reference/V200002__reference__contract__no_rooms.sql"
SEED = "S100001__reference__rooms.sql"
MVP, V1_1 = "phase-100-mvp", "phase-200-v1_1"


@dataclass
class Draft:
    """A small tree without a problem, to be spoilt before it is written."""

    files: dict[str, str] = field(default_factory=dict)
    manifest: dict[str, Any] = field(
        default_factory=lambda: {
            "schema_guardrails": {"allow_contract": True},
            "releases": ["1.0", "1.1"],
            "next_release": "1.0",
            "phases": [
                {"name": MVP, "domains": ["reference", "patient"], "migrations": [], "seeds": []},
                {"name": V1_1, "domains": ["reference"], "migrations": [], "seeds": []},
            ],
        }
    )

    def phase(self, name: str) -> dict[str, Any]:
        return next(phase for phase in self.manifest["phases"] if phase["name"] == name)

    def migration(self, phase: str, file: str, release: str, sql: str = WRITTEN) -> None:
        """V, its R, and the manifest's line."""
        self.phase(phase)["migrations"].append({"file": file, "release": release})
        self.files[f"migrations/{phase}/{file}"] = sql
        folder, _, name = file.rpartition("/")
        self.files[f"rollback/{phase}/{folder}/R{name[1:]}"] = WRITTEN

    def seed(self, phase: str, file: str, sql: str = "SELECT 1") -> None:
        self.phase(phase)["seeds"].append(file)
        self.files[f"seeds/{phase}/{file}"] = sql

    def write(self, root: Path) -> Tree:
        for name, text in self.files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        (root / "migration-manifest.yaml").write_text(yaml.safe_dump(self.manifest, sort_keys=False))
        return read_tree(root)


def draft() -> Draft:
    """Two expands and a seed in the first phase, an expand and a contract in the second."""
    tree = Draft()
    tree.migration(MVP, EXPAND, "1.0", TIMEOUT + "CREATE TABLE reference.rooms (name text) PARTITION BY LIST (name)")
    tree.migration(MVP, NEXT, "1.0")
    tree.seed(MVP, SEED)
    tree.migration(V1_1, LATER, "1.1", TIMEOUT + "CREATE INDEX rooms_name ON ONLY reference.rooms (name)")
    tree.migration(V1_1, CONTRACT, "1.1", "-- undoes: V100010\n" + TIMEOUT + "DROP TABLE reference.rooms")
    return tree


@dataclass(frozen=True)
class TreeExample:
    """``spoil`` breaks ``rule`` and no other in ``file``, and the message says ``todo``; ``good`` breaks none."""

    name: str
    rule: str
    spoil: Callable[[Draft], None]
    file: str
    todo: str
    good: Callable[[Draft], None]


MANIFEST = "migration-manifest.yaml"


def _add(file: str, phase: str = MVP, release: str = "1.0", sql: str = WRITTEN) -> Callable[[Draft], None]:
    return lambda draft: draft.migration(phase, file, release, sql)


CHANGES = "reference/V100012__reference__expand__change_function.sql"
FEE = "reference/V100013__reference__expand__fee.sql"
DEARER = "reference/V100014__reference__expand__dearer.sql"
BODY = "\nBEGIN\n" + "    -- a line\n" * 20 + "    RETURN p_minutes * 2;\nEND\n"


def fee(body: str, *, anew: bool = False) -> str:
    """A function that takes more than twenty lines."""
    head = "CREATE OR REPLACE" if anew else "CREATE"
    return f"{head} FUNCTION reference.fee(p_minutes integer) RETURNS integer LANGUAGE plpgsql AS $${body}$$;"


def dearer(before: str = "* 2", after: str = "* 3", makes: str | None = None) -> str:
    """The call that changes it."""
    makes = checksum(BODY.replace(before, after)) if makes is None else makes
    change = f"p_before => $${before}$$, p_after => $${after}$$, p_makes => '{makes}'"
    return f"CALL ops.change_function('reference.fee', {change});"


def _then(sql: str, *, back: str | None = None) -> Callable[[Draft], None]:
    """A file after those that make ops.change_function and a function to change; ``back``: its rollback's SQL."""

    def add(draft: Draft) -> None:
        procedure = "CREATE PROCEDURE ops.change_function(p_function text) LANGUAGE plpgsql AS $$BEGIN RETURN; END$$;"
        draft.migration(MVP, CHANGES, "1.0", TIMEOUT + procedure)
        draft.migration(MVP, FEE, "1.0", TIMEOUT + fee(BODY))
        draft.migration(MVP, DEARER, "1.0", TIMEOUT + sql)
        if back is not None:
            draft.files[f"rollback/{MVP}/{DEARER.replace('/V', '/R')}"] = TIMEOUT + back

    return add


def _seed(file: str, phase: str = MVP) -> Callable[[Draft], None]:
    return lambda draft: draft.seed(phase, file)


def _file(name: str, text: str = WRITTEN) -> Callable[[Draft], None]:
    return lambda draft: draft.files.update({name: text})


def _without(name: str) -> Callable[[Draft], None]:
    def spoil(draft: Draft) -> None:
        del draft.files[name]

    return spoil


def _guardrail(allow: bool) -> Callable[[Draft], None]:
    return lambda draft: draft.manifest["schema_guardrails"].update(allow_contract=allow)


def _release(phase: str, release: str) -> Callable[[Draft], None]:
    def spoil(draft: Draft) -> None:
        for named in draft.phase(phase)["migrations"]:
            named["release"] = release

    return spoil


def _older_release(file: str) -> Callable[[Draft], None]:
    def spoil(draft: Draft) -> None:
        draft.manifest["releases"].insert(0, "0.9")
        draft.migration(V1_1, file, "0.9")

    return spoil


def _swapped(phase: str) -> Callable[[Draft], None]:
    return lambda draft: draft.phase(phase)["migrations"].reverse()


def _contract(undoes: str, phase: str = V1_1, release: str = "1.1") -> Callable[[Draft], None]:
    header = f"-- undoes: {undoes}\n" if undoes else ""
    number = {MVP: "100020", V1_1: "200003"}[phase]
    return _add(f"reference/V{number}__reference__contract__end.sql", phase, release, header + WRITTEN)


END = f"migrations/{V1_1}/reference/V200003__reference__contract__end.sql"
END_IN_MVP = f"migrations/{MVP}/reference/V100020__reference__contract__end.sql"
NO_WAY_BACK = f"rollback/{MVP}/{NEXT.replace('/V', '/R')}"
GOOD_NAME = _add("patient/V100020__patient__expand__cards.sql")

TREES = [
    TreeExample(
        "a migration that nobody has written", "no_statement", _add(CHANGES, sql=TIMEOUT),
        f"migrations/{MVP}/{CHANGES}", "write what it is for", _add(CHANGES),
    ),
    TreeExample(
        "a rollback that nobody has written", "no_statement", _file(NO_WAY_BACK, BACKWARD.format(version="100011")),
        NO_WAY_BACK, "write the way back", _file(NO_WAY_BACK, "-- What was there before, nobody knows.\n" + TIMEOUT),
    ),
    TreeExample(
        "a rollback of no statement and no word", "no_statement", _file(NO_WAY_BACK, TIMEOUT),
        NO_WAY_BACK, "say in a comment why", _file(NO_WAY_BACK),
    ),
    TreeExample(
        "a body that is written down once more", "copied_body", _then(fee(BODY.replace("* 2", "* 3"), anew=True)),
        f"migrations/{MVP}/{DEARER}", "CALL ops.change_function", _then(dearer()),
    ),
    TreeExample(
        "a rollback that writes the body down once more", "copied_body", _then(dearer(), back=fee(BODY, anew=True)),
        f"rollback/{MVP}/{DEARER.replace('/V', '/R')}", "CALL ops.change_function",
        _then(dearer(), back=dearer("* 3", "* 2", checksum(BODY))),
    ),
    TreeExample(
        "a change of what is not there", "change_does_not_fit", _then(dearer("* 4")),
        f"migrations/{MVP}/{DEARER}", "stands 0 times", _then(fee("BEGIN RETURN 1; END", anew=True)),
    ),
    TreeExample(
        "a change of what is there often", "change_does_not_fit", _then(dearer("a line")),
        f"migrations/{MVP}/{DEARER}", "stands 20 times", _then(dearer("a line\n    RETURN", "a line\n\n    RETURN")),
    ),
    TreeExample(
        "a change that makes another body than it says", "change_does_not_fit", _then(dearer(makes="0123456789ab")),
        f"migrations/{MVP}/{DEARER}", checksum(BODY.replace("* 2", "* 3")), _then(dearer()),
    ),
    TreeExample(
        "a change after which it is no PL/pgSQL", "change_does_not_fit", _then(dearer("END", "")),
        f"migrations/{MVP}/{DEARER}", "correct p_after", _then(dearer("RETURN p_minutes", "RETURN 1 + p_minutes")),
    ),
    TreeExample(
        "a change whose text is built", "change_does_not_fit", _then(dearer().replace("$$* 3$$", "'* ' || 3")),
        f"migrations/{MVP}/{DEARER}", "write p_function", _then(dearer()),
    ),
    TreeExample(
        "a rollback of what the change did not make", "change_does_not_fit",
        _then(dearer(), back=dearer("* 5", "* 2", checksum(BODY))),
        f"rollback/{MVP}/{DEARER.replace('/V', '/R')}", "stands 0 times",
        _then(dearer(), back=dearer("* 3", "* 2", checksum(BODY))),
    ),
    TreeExample(
        "a next release that is not there", "unknown_release", lambda draft: draft.manifest.update(next_release="8.8"),
        MANIFEST, "next_release", lambda draft: draft.manifest.update(next_release="1.1"),
    ),
    TreeExample(
        "a name in capitals", "bad_name", _add("reference/V100012__reference__expand__Beds.sql"),
        MANIFEST, "the name must be V", GOOD_NAME,
    ),
    TreeExample(
        "a migration that neither expands nor contracts", "bad_name", _add("reference/V100012__reference__beds.sql"),
        MANIFEST, "__expand|contract__", GOOD_NAME,
    ),
    TreeExample(
        "a seed's name with a kind in it", "bad_name", _seed("S100002-rooms.sql"),
        MANIFEST, "the name must be S", _seed("S100002__patient__people.jsonl"),
    ),
    TreeExample(
        "a phase without a number",
        "bad_name",
        lambda draft: draft.manifest["phases"].append({"name": "later", "domains": [], "migrations": [], "seeds": []}),
        MANIFEST,
        "phase-NNN-slug",
        lambda draft: draft.manifest["phases"].append(
            {"name": "phase-300-later", "domains": [], "migrations": [], "seeds": []}
        ),
    ),
    TreeExample(
        "notes among the migrations", "bad_name", _file(f"migrations/{MVP}/reference/notes.txt"),
        f"migrations/{MVP}/reference/notes.txt", "or delete it", _file(f"migrations/{MVP}/reference/.gitkeep"),
    ),
    TreeExample(
        "a rollback named like a migration", "bad_name", _file(f"rollback/{MVP}/{EXPAND}"),
        f"rollback/{MVP}/{EXPAND}", "the name must be R", GOOD_NAME,
    ),
    TreeExample(
        "another phase's version", "wrong_phase", _add("reference/V100020__reference__expand__beds.sql", V1_1, "1.1"),
        MANIFEST, "begin its version with 200", _add("reference/V200020__reference__expand__beds.sql", V1_1, "1.1"),
    ),
    TreeExample(
        "another domain's folder", "wrong_domain", _add("patient/V100020__reference__expand__beds.sql"),
        MANIFEST, "put it into reference/", GOOD_NAME,
    ),
    TreeExample(
        "a domain that the phase doesn't have",
        "wrong_domain",
        _add("patient/V200010__patient__expand__cards.sql", V1_1, "1.1"),
        MANIFEST,
        "add it to the phase's domains",
        _seed("S200001__patient__people.jsonl", V1_1),
    ),
    TreeExample(
        "a name without a file", "missing_file",
        lambda draft: draft.phase(MVP)["seeds"].append("S100002__patient__a.sql"),
        MANIFEST, "take its line out of the manifest", _seed("S100002__patient__a.sql"),
    ),
    TreeExample(
        "a migration's name without a file", "missing_file",
        lambda draft: draft.phase(MVP)["migrations"].append(
            {"file": "patient/V100020__patient__expand__cards.sql", "release": "1.0"}
        ),
        MANIFEST, "take its line out of the manifest", GOOD_NAME,
    ),
    TreeExample(
        "a file without a name", "not_in_manifest", _file(f"migrations/{MVP}/patient/V100020__patient__expand__a.sql"),
        f"migrations/{MVP}/patient/V100020__patient__expand__a.sql", "name it there, or delete it", GOOD_NAME,
    ),
    TreeExample(
        "a seed without a name", "not_in_manifest", _file(f"seeds/{MVP}/S100002__patient__a.jsonl"),
        f"seeds/{MVP}/S100002__patient__a.jsonl", "name it there, or delete it", _seed("S100002__patient__a.jsonl"),
    ),
    TreeExample(
        "no way back",
        "missing_rollback",
        _without(f"rollback/{MVP}/reference/R100011__reference__expand__beds.sql"),
        f"migrations/{MVP}/{NEXT}",
        f"write rollback/{MVP}/reference/R100011__reference__expand__beds.sql",
        GOOD_NAME,
    ),
    TreeExample(
        "a way back from nowhere",
        "rollback_without_migration",
        _file(f"rollback/{MVP}/reference/R100012__reference__expand__gone.sql"),
        f"rollback/{MVP}/reference/R100012__reference__expand__gone.sql",
        "rename it after its migration, or delete it",
        GOOD_NAME,
    ),
    TreeExample(
        "a version twice", "duplicate_version", _add("reference/V100011__reference__expand__again.sql"),
        MANIFEST, "next free number", _add("reference/V100012__reference__expand__again.sql"),
    ),
    TreeExample(
        "a seed's version twice", "duplicate_version", _seed("S100001__reference__again.sql"),
        MANIFEST, "next free number", _seed("S100002__reference__again.sql"),
    ),
    TreeExample(
        "a later version first", "wrong_order", _swapped(MVP), MANIFEST, "in ascending order", GOOD_NAME,
    ),
    TreeExample(
        "a number left out", "hole_in_order", _add("reference/V100013__reference__expand__later.sql"),
        MANIFEST, "number it 100012", _add("reference/V100012__reference__expand__later.sql"),
    ),
    TreeExample(
        "a block that doesn't begin at its beginning", "hole_in_order",
        _add("reference/V100021__reference__expand__later.sql"),
        MANIFEST, "begin a new block of ten", _add("reference/V100030__reference__expand__later.sql"),
    ),
    TreeExample(
        "a release that nobody knows", "unknown_release", _add("patient/V100020__patient__expand__a.sql", MVP, "9.9"),
        f"migrations/{MVP}/patient/V100020__patient__expand__a.sql", "add it there", GOOD_NAME,
    ),
    TreeExample(
        "an old release in a new phase", "release_goes_back",
        _older_release("reference/V200003__reference__expand__old.sql"),
        f"migrations/{V1_1}/reference/V200003__reference__expand__old.sql", "give it 1.0 or later",
        _add("reference/V200003__reference__expand__old.sql", V1_1, "1.0"),
    ),
    TreeExample(
        "a contract while none may run", "contract_not_allowed", _guardrail(allow=False),
        f"migrations/{V1_1}/{CONTRACT}", "take it out of the manifest", _guardrail(allow=True),
    ),
    TreeExample(
        "a contract of nothing", "contract_without_undoes", _contract(""),
        END, "add a header line", _contract("V100011"),
    ),
    TreeExample(
        "a contract of an unknown expand", "undoes_unknown", _contract("V100019"),
        END, "name the one that it takes back", _contract("V100010"),
    ),
    TreeExample(
        "a contract of a contract", "undoes_unknown", _contract("V200002"),
        END, "name the one that it takes back", _contract("V100011"),
    ),
    TreeExample(
        "a contract before its expand", "undoes_unknown", _contract("V200001", MVP, "1.0"),
        END_IN_MVP, "name the one that it takes back", _contract("V100010"),
    ),
    TreeExample(
        "a contract in its expand's release", "contract_too_early",
        _release(MVP, "1.1"),
        f"migrations/{V1_1}/{CONTRACT}", "move it to a later phase and release", _contract("V100010"),
    ),
    TreeExample(
        "a contract in its expand's phase", "contract_too_early", _contract("V100010", MVP, "1.1"),
        END_IN_MVP, "move it to a later phase and release", _contract("V100010"),
    ),
    TreeExample(
        "a rollback without lock_timeout", "missing_lock_timeout",
        _file(f"rollback/{MVP}/reference/R100011__reference__expand__beds.sql", "DROP TABLE reference.beds"),
        f"rollback/{MVP}/reference/R100011__reference__expand__beds.sql", "put `SET LOCAL lock_timeout",
        _file(
            f"rollback/{MVP}/reference/R100011__reference__expand__beds.sql",
            NO_TRANSACTION + "DROP INDEX CONCURRENTLY reference.beds_name",
        ),
    ),
    TreeExample(
        "a seed that is no SQL", "unparsable_sql", _file(f"seeds/{MVP}/{SEED}", "INSERT INTO"),
        f"seeds/{MVP}/{SEED}", "correct the statement", _file(f"seeds/{MVP}/{SEED}", "DELETE FROM reference.rooms"),
    ),
]  # fmt: skip
