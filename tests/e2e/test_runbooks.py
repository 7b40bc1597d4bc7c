"""The runbooks' commands, as somebody would type them at night, on a stack as `make up` starts it."""

import re
import subprocess
from collections.abc import Iterator
from uuid import UUID

import pytest

from architecture.source import ROOT
from system import eventually
from whole.stack import Stack, fresh_stack

PAGES = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
BLOCK = re.compile(r"^ *```\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
DECIDE = {
    "make resume TENANT=": "faults/test_topic_ahead_of_store.py",
    'make parked ARGS="--projection patient retry': "faults/test_operate.py",
    "make parked ARGS='--projection patient drop": "faults/test_operate.py",
    "make republish ARGS=--make-topic": "faults/test_republish.py",
    "kafka-topics.sh": "faults/test_republish.py",
}
"""Blocks that need what only a fault leaves behind: {how one begins: the test that runs its commands there}."""
BLOCKS = [(page.stem, block.strip()) for page in PAGES for block in BLOCK.findall(page.read_text())]
TYPED = list(
    dict.fromkeys(
        typed
        for _, block in BLOCKS
        if not block.startswith(tuple(DECIDE))
        for typed in ([block] if block.startswith("eval ") else block.splitlines())
    )
)
"""What is typed in one shell, each once: many pages say the same."""
FOLLOWS = re.compile(r"^(make logs .*)\Z", re.MULTILINE)
"""It goes on until somebody ends it: what stood below it would never be typed."""
FOLLOWED_SECONDS = 3
ANSWERS_SECONDS = 180


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with fresh_stack() as stack:
        stack.demo(20)
        yield stack


def test_each_runbook_has_commands() -> None:
    assert {page.stem for page in PAGES} - {name for name, _ in BLOCKS} == {"clocks-apart"}, "that one has SQL"


def test_what_goes_on_until_it_is_ended_is_typed_last() -> None:
    assert not [page for page, block in BLOCKS if "make logs" in FOLLOWS.sub("", block)]


@pytest.mark.parametrize("typed", TYPED)
def test_what_a_runbook_says_to_type_works(stack: Stack, typed: str) -> None:
    """As it stands there, but that the log is left after some seconds."""
    done = run(stack, FOLLOWS.sub(rf"timeout {FOLLOWED_SECONDS} \1 || [ $? = 124 ]", typed))
    assert done.returncode == 0, done.stdout


def run(stack: Stack, typed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-exc", typed],
        cwd=ROOT,
        env=stack.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=ANSWERS_SECONDS,
    )


@pytest.mark.parametrize(("begins", "test"), DECIDE.items())
def test_what_decides_on_a_fault_has_its_own_test(begins: str, test: str) -> None:
    assert any(block.startswith(begins) for _, block in BLOCKS), "a runbook says so"
    assert (ROOT / "tests" / test).exists()


@pytest.mark.parametrize("begins", [begins for begins in DECIDE if begins.startswith(("make parked", "make resume"))])
def test_what_decides_on_a_fault_is_understood_where_there_is_none(stack: Stack, begins: str) -> None:
    [block] = (block for _, block in BLOCKS if block.startswith(begins))
    done = run(stack, block.replace("TENANT_ID", str(UUID(int=7))))
    assert "usage:" not in done.stdout, done.stdout
    assert any(word in done.stdout for word in ("1a2b3c4d", str(UUID(int=7)))), done.stdout


async def test_make_up_starts_a_process_anew_that_hangs(stack: Stack) -> None:
    """Its supervisor sees it run. A page says that `make status` tells, and that `make up` mends."""
    [hanging] = [one for one in stack.processes()["scheduler"] if "healz-scheduler" in " ".join(one.cmdline())]
    hanging.suspend()

    async def told() -> bool:
        # One that has just been started is waited for.
        return re.search(r"^scheduler +not answering ", run(stack, "make status").stdout, re.MULTILINE) is not None

    await eventually(told)
    mended = run(stack, "make up")
    assert mended.returncode == 0, mended.stdout
    assert "started anew, for they did not answer: scheduler\n" in mended.stdout
    assert not hanging.is_running()

    async def all_run() -> bool:
        return run(stack, "make status").returncode == 0

    await eventually(all_run)
