"""Writes the files of a new migration: V, R and the manifest's line."""

from pathlib import Path

import yaml

from healz_db.migrations import NAME, Migration, Phase, Tree
from healz_db.plan import find, find_phase
from healz_db.refused import Refused

FORWARD = """\
{undoes}-- Why this is needed, and what it costs to apply it.
SET LOCAL lock_timeout = '5s';

"""
BACKWARD = """\
-- Takes V{version} back: all that it made, and nothing that was there before.
SET LOCAL lock_timeout = '5s';

"""


def write_new(tree: Tree, phase: str, domain: str, change: str, slug: str, undoes: str | None = None) -> list[Path]:
    """The two files that it wrote, V and R; the manifest names them, with their release. Raises Refused."""
    where = find_phase(tree, phase)
    if domain not in where.domains:
        raise Refused(
            f"{where.name} has no domain {domain}; there are {', '.join(where.domains)}: for a new one, add it to the "
            "phase's domains in migration-manifest.yaml"
        )
    if (change == "contract") != (undoes is not None):
        raise Refused("a contract, and only a contract, names the version that it takes back: --undoes V……")
    version = _next_version(tree, where)
    name = f"{version}__{domain}__{change}__{slug}.sql"
    if NAME.fullmatch(f"V{name}") is None:
        raise Refused(f"V{name} is no name: a slug is lower-case letters, digits and _; a phase has 999 numbers")
    undone = find(tree, undoes) if undoes else None
    release = _release(tree, undone)
    header = f"-- undoes: V{undone.version}\n" if undone else ""
    forward = tree.root / "migrations" / where.name / domain / f"V{name}"
    backward = tree.root / "rollback" / where.name / domain / f"R{name}"
    for path, text in ((forward, FORWARD.format(undoes=header)), (backward, BACKWARD.format(version=version))):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    _write_line(tree, where, f'{{file: {domain}/V{name}, release: "{release}"}}')
    return [forward, backward]


def _release(tree: Tree, undone: Migration | None) -> str:
    """The next one; of a contract, the first that is later than the expand's."""
    releases = tree.manifest.releases
    first = releases.index(tree.manifest.next_release)
    if undone is None:
        return releases[first]
    later = releases[max(first, releases.index(undone.release) + 1) :]
    if not later:
        raise Refused(
            f"V{undone.version} comes with {undone.release}, and migration-manifest.yaml has no later release; add the "
            "one that may take it back"
        )
    return later[0]


def _next_version(tree: Tree, phase: Phase) -> str:
    last = max(
        (migration.version for migration in tree.migrations if migration.phase == phase.name),
        default=f"{phase.number}000",
    )
    return f"{int(last) + 1:06}"


def _write_line(tree: Tree, phase: Phase, entry: str) -> None:
    """Adds the line by its place in the text: to load and dump the manifest would lose its comments."""
    path = tree.root / "migration-manifest.yaml"
    text = path.read_text()
    list_node = _migrations_of(yaml.compose(text), phase)
    lines = text.splitlines(keepends=True)
    if list_node.value:
        last = list_node.value[-1]
        place, indent = last.end_mark.line + 1, last.start_mark.column - 2
        lines.insert(place, f"{' ' * indent}- {entry}\n")
    else:
        place = list_node.start_mark.line
        indent = len(lines[place]) - len(lines[place].lstrip()) + 2
        lines[place : place + 1] = [lines[place].replace(" []", "", 1), f"{' ' * indent}- {entry}\n"]
    path.write_text("".join(lines))


def _migrations_of(manifest: yaml.MappingNode, phase: Phase) -> yaml.SequenceNode:
    for node in _field(manifest, "phases").value:
        if _field(node, "name").value == phase.name:
            return _field(node, "migrations")
    raise AssertionError(phase)


def _field(node: yaml.MappingNode, name: str) -> yaml.Node:
    return next(value for key, value in node.value if key.value == name)
