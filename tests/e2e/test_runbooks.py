"""The runbooks' commands, as somebody would type them at night, on a stack as `make up` starts it."""

import re
import subprocess
from collections.abc import Iterator

import pytest

from architecture.source import ROOT
from whole.stack import Stack, fresh_stack

PAGES = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
BLOCK = re.compile(r"^ *```\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
DECIDE = {
    "healz-relay resume TENANT_ID": "faults/test_topic_ahead_of_store.py",
    "healz-projection parked retry 1a2b3c4d": "faults/test_operate.py",
    "healz-projection parked drop 1a2b3c4d": "faults/test_operate.py",
    "healz-relay republish --make-topic": "faults/test_republish.py",
    "kafka-topics.sh": "faults/test_republish.py",
}
"""Blocks that need what only a fault leaves behind: {how one begins: the test that runs its commands there}."""
BLOCKS = [(page.stem, block.strip()) for page in PAGES for block in BLOCK.findall(page.read_text())]
TYPED = [(page, block) for page, block in BLOCKS if not block.startswith(tuple(DECIDE))]
FOLLOWS = re.compile(r"^(make logs .*)$", re.MULTILINE)
FOLLOWED_SECONDS = 3
ANSWERS_SECONDS = 180


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with fresh_stack() as stack:
        stack.demo(20)
        yield stack


def test_each_runbook_has_commands() -> None:
    assert {page.stem for page in PAGES} - {name for name, _ in BLOCKS} == {"clocks-apart"}, "that one has SQL"


@pytest.mark.parametrize(("page", "block"), TYPED, ids=[f"{page}: {block.splitlines()[0]}" for page, block in TYPED])
def test_what_a_runbook_says_to_type_works(stack: Stack, page: str, block: str) -> None:
    """Each line in turn; what follows a log goes on until somebody ends it. The operator's programs by the stack's."""
    typed = re.sub(r"^healz-(projection|relay)\b", r".venv/bin/healz-local \1", block, flags=re.MULTILINE)
    typed = re.sub(r"^healz-db\b", ".venv/bin/healz-db", typed, flags=re.MULTILINE)
    typed = FOLLOWS.sub(rf"timeout {FOLLOWED_SECONDS} \1 || [ $? = 124 ]", typed)
    done = subprocess.run(
        ["bash", "-exc", typed],
        cwd=ROOT,
        env=stack.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=ANSWERS_SECONDS,
    )
    assert done.returncode == 0, f"{page}: {done.stdout}"


@pytest.mark.parametrize(("begins", "test"), DECIDE.items())
def test_what_decides_on_a_fault_has_its_own_test(begins: str, test: str) -> None:
    assert any(block.startswith(begins) for _, block in BLOCKS), "a runbook says so"
    assert (ROOT / "tests" / test).exists()
