"""The rules of the manifest: names in their place and in order, each with its files."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from healz_db.lint.files import MANIFEST, file_problems, wanted_name
from healz_db.lint.rules import LintProblem
from healz_db.migrations import NAME, SEED_NAME, BadMigration, Migration, Phase, Tree

PHASE_NAME = re.compile(r"phase-\d{3}-[a-z0-9_]+")


def readable(tree: Tree) -> list[Migration]:
    """The migrations that can be read, in the manifest's order; tree_problems() says what is wrong with the others."""
    found: list[Migration] = []
    for phase in tree.manifest.phases:
        for named in phase.migrations:
            alone = tree.manifest.model_copy(update={"phases": [phase.model_copy(update={"migrations": [named]})]})
            try:
                found += Tree(tree.root, alone).migrations
            except (BadMigration, UnicodeDecodeError):
                continue
    return found


def tree_problems(tree: Tree) -> Iterator[LintProblem]:
    """What is wrong with the names in the manifest, and with the files on the disk."""
    lines = _Lines(tree)
    listed: set[Path] = set()
    last_phase = ""
    domains: set[str] = set()
    for phase in tree.manifest.phases:
        if not PHASE_NAME.fullmatch(phase.name):
            message = f"the phase {phase.name} must be named phase-NNN-slug; rename it and its folders"
            yield lines.problem(phase.name, "bad_name", message)
            continue
        if phase.number <= last_phase:
            message = (
                f"{phase.name} stands after phase {last_phase}; put the phases in ascending order, each number once"
            )
            yield lines.problem(phase.name, "wrong_order", message)
        last_phase = max(last_phase, phase.number)
        domains.update(phase.domains)
        for folder, names, pattern, allowed in (
            ("migrations", [named.file for named in phase.migrations], NAME, set(phase.domains)),
            ("seeds", phase.seeds, SEED_NAME, domains),  # they fill the tables of earlier phases too
        ):
            for name in names:
                listed.add(tree.root / folder / phase.name / name)
                yield from _listed(tree, lines, phase, folder, name, pattern, allowed)
            yield from _order(lines, phase.number, names, pattern, holes=folder == "migrations")
    yield from file_problems(tree, listed)


class _Lines:
    """Where in the manifest's text a name stands."""

    def __init__(self, tree: Tree) -> None:
        path = tree.root / MANIFEST
        self._lines = path.read_text().splitlines() if path.is_file() else []

    def problem(self, name: str, rule: str, message: str) -> LintProblem:
        # The last one: of two, it is the second that is too many.
        at = [number for number, line in enumerate(self._lines, start=1) if name in line]
        return LintProblem(MANIFEST, at[-1] if at else 1, rule, message)


def _listed(
    tree: Tree, lines: _Lines, phase: Phase, folder: str, name: str, pattern: re.Pattern[str], domains: set[str]
) -> Iterator[LintProblem]:
    """What is wrong with one name of the manifest, in itself."""
    path = PurePosixPath(name)
    parts = pattern.fullmatch(path.name)
    if parts is None:
        yield lines.problem(name, "bad_name", f"{name}: {wanted_name(folder)}; rename the file and its line here")
    else:
        version, domain = parts["version"], parts["domain"]
        if not version.startswith(phase.number):
            message = f"{name} is in phase {phase.number}; begin its version with {phase.number}, or move it"
            yield lines.problem(name, "wrong_phase", message)
        # A seed may lie in its phase's folder itself.
        if path.parent.as_posix() not in ({domain} if folder == "migrations" else {domain, "."}):
            message = f"{name} is in the folder {path.parent}; put it into {domain}/, as its name says, or rename it"
            yield lines.problem(name, "wrong_domain", message)
        if domain not in domains:
            message = f"{name}: {phase.name} has no domain {domain}; add it to the phase's domains, or rename the file"
            yield lines.problem(name, "wrong_domain", message)
    file = tree.root / folder / phase.name / name
    if not file.is_file():
        message = f"there is no {folder}/{phase.name}/{name}; write it, or take its line out of the manifest"
        yield lines.problem(name, "missing_file", message)
    elif parts is not None and folder == "migrations":
        rollback = tree.root / "rollback" / phase.name / path.parent / f"R{path.name[1:]}"
        if not rollback.is_file():
            what = rollback.relative_to(tree.root).as_posix()
            message = f"it has no rollback; write {what}"
            yield LintProblem(file.relative_to(tree.root).as_posix(), 1, "missing_rollback", message)


def _order(
    lines: _Lines, phase: str, names: list[str], pattern: re.Pattern[str], *, holes: bool
) -> Iterator[LintProblem]:
    """Versions ascend. After a number comes the next one, or the first of a new block of ten: a domain's."""
    last = ""
    seen: dict[str, str] = {}
    for name in names:
        parts = pattern.fullmatch(PurePosixPath(name).name)
        if parts is None or not parts["version"].startswith(phase):
            continue
        version = parts["version"]
        if version in seen:
            message = f"{name} has the version of {seen[version]}; give it the next free number"
            yield lines.problem(name, "duplicate_version", message)
        elif version < last:
            yield lines.problem(
                name, "wrong_order", f"{name} stands after {last}; list the versions in ascending order"
            )
        seen.setdefault(version, name)
        last = max(last, version)
    last_number = 0
    for version in sorted(seen) if holes else ():
        number = int(version[3:])
        if number not in (0, last_number + 1) and number % 10:
            first = f"{version[:3]}{last_number + 1:03}"
            message = f"{seen[version]} comes without {first} before it; number it {first}, or begin a new block of ten"
            yield lines.problem(seen[version], "hole_in_order", message)
        last_number = number
