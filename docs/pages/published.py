"""``make contracts``: no published schema has become another one.

Published is what was ever committed, on whichever branch that was merged: the history is what nobody changes together
with the code. A part of it says nothing, so that a shallow clone is refused, and so is none in CI (``CI``). Where
somebody looks at a release without its repository, it says that it did not look.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pages.compatible import WAY, breaks

ROOT = Path(__file__).resolve().parents[2]
EVENTS = Path("shared/src/healz/contracts/events")
UNCHECKED = "HEALZ_CONTRACTS_UNCHECKED"
"""Set where the history can't be had, so that it is somebody's word and in the log."""
UNSHALLOW = "`git fetch --unshallow` brings the rest; let CI clone all of it (`fetch-depth: 0`, `GIT_DEPTH: 0`)"


class NoHistory(Exception):
    """There is no repository."""


class PartOfHistory(NoHistory):
    """There is one, and only a part of its history."""


def refusals(root: Path = ROOT) -> list[str]:
    """What breaks a published schema, a line each. Raises NoHistory, or PartOfHistory."""
    found: dict[str, None] = {}
    for name, published in _published(root):
        file = root / EVENTS / name
        event = name.removesuffix(".json").replace(".", ", version ")
        if not file.exists():
            found[f"{event}: the schema is gone, and records name it"] = None
        else:
            found |= dict.fromkeys(f"{event}: {said}" for said in breaks(published, json.loads(file.read_text())))
    return sorted(found)


def _published(root: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file name, schema), each as it was in some commit."""
    if _git(root, "rev-parse", "--is-shallow-repository").strip() != "false":
        raise PartOfHistory
    seen: set[str] = set()
    # -m: what a merge alone has changed; --full-history: what was on a branch and did not survive its merge.
    asked = ("log", "--full-history", "-m", "--format=", "--raw", "--no-abbrev", "--no-renames", "--", str(EVENTS))
    for line in _git(root, *asked).splitlines():
        # :100644 100644 <blob before> <blob after> M<tab>path
        blob, path = line.split()[3], line.rpartition("\t")[2]
        if set(blob) != {"0"} and blob not in seen:
            seen.add(blob)
            yield Path(path).name, json.loads(_git(root, "cat-file", "blob", blob))


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        raise NoHistory if arguments[0] == "rev-parse" else PartOfHistory
    return done.stdout


def main() -> None:
    if os.environ.get(UNCHECKED):
        print(f"contracts: {UNCHECKED} is set: NOT held to what was published before")
        return
    try:
        found = refusals()
    except PartOfHistory:
        sys.exit(f"contracts: this clone has a part of its history, so nobody can say what was published: {UNSHALLOW}")
    except NoHistory:
        if os.environ.get("CI"):
            sys.exit(
                f"contracts: here is no repository, so nobody can say what was published: clone it, and {UNSHALLOW}"
            )
        print("contracts: here is no repository, so nobody can say what was published: not checked")
        return
    if found:
        sys.exit("\n".join(["A published schema has become another one:", *found, f"{WAY} (docs/promises.md)."]))


if __name__ == "__main__":
    main()
