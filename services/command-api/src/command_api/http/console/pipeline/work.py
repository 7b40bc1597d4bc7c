"""What operators have set going: ``healz-projection`` as they would call it themselves, on the projector's own login.

A process of its own each, so that what it computes is taken from nobody who asks the API. It is known where it was
begun; how far a rebuild has got also stands in the database.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from command_api.http.console.pipeline.logins import login_of
from command_api.http.problems import Problem
from command_api.settings import ApiSettings
from healz.projection.operate.operator import DONE, NOT_ALL

log = logging.getLogger(__name__)

PROGRAM = "healz.projection.operate.cli"
KEPT = 10
Act = Literal["retry", "drop", "rebuild", "verify"]
ENDS_SECONDS = 5.0
FAILED = 1
"""The exit code of what could not even begin, as of what was refused."""


@dataclass
class PieceOfWork:
    """One of them. ``cause``: of which parked patients. ``of``: so many events there are; ``code`` is how it ended."""

    projection: str
    act: Act
    who: str
    of: int = 0
    cause: str = ""
    begun_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    code: int | None = None
    answer: dict[str, Any] = field(default_factory=dict)
    complaint: str = ""
    parts: dict[str, tuple[int, int]] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    @property
    def about(self) -> dict[str, Any]:
        """For the log."""
        return {"operator": self.who, "projection": self.projection, "act": self.act, "cause": self.cause or None}

    @property
    def is_running(self) -> bool:
        return self.code is None

    @property
    def ended_as(self) -> int | None:
        """The exit code; NOT_ALL of what was tried again and is parked still, which is no failure of the program's."""
        is_parked = self.act in ("retry", "drop") and bool(self.answer.get("parked"))
        return NOT_ALL if self.code == DONE and is_parked else self.code

    @property
    def events(self) -> int:
        return sum(done for done, _ in self.parts.values())

    @property
    def events_max(self) -> int:
        """Of all tenants, where there are several; as far as it is known."""
        return max(self.of, sum(of for _, of in self.parts.values()), self.events, 1)


class Works:
    """Those of this process of the API, the newest first."""

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        self._tasks: set[asyncio.Task[None]] = set()
        self.all: deque[PieceOfWork] = deque(maxlen=KEPT)

    @property
    def busy(self) -> set[str]:
        """The read models about which something is done just now."""
        return {work.projection for work in self.all if work.is_running}

    def begin(self, work: PieceOfWork, words: Sequence[str]) -> None:
        """Sets it going. Raises Problem 409 where something is done about that read model already."""
        url = login_of(self._settings, work.projection)
        if work.projection in self.busy:
            detail = "something is done about this read model already; wait until it has ended"
            raise Problem(409, detail, rule="work_under_way")
        log.info("an operator acts", extra=work.about)
        self.all.appendleft(work)
        task = asyncio.create_task(self._run(work, url, words))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """As Ctrl-C does: a rebuild goes on from there when it is called again."""
        for work in self.all:
            if work.process is not None and work.process.returncode is None:
                work.process.send_signal(signal.SIGINT)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=ENDS_SECONDS)

    async def _run(self, work: PieceOfWork, url: str, words: Sequence[str]) -> None:
        command = [sys.executable, "-m", PROGRAM, "--projection", work.projection, *words, "--json", "--progress"]
        code = FAILED
        try:
            work.process = process = await asyncio.create_subprocess_exec(
                *command,
                env=os.environ | {"DATABASE_URL": url},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            assert process.stdout is not None
            assert process.stderr is not None
            said, _ = await asyncio.gather(process.stdout.read(), _listen(process.stderr, work))
            code = await process.wait()
            work.answer = _last(said)
        finally:
            work.code = code
            log.info("an operator's act has ended", extra=work.about | {"exit_code": code})


async def _listen(errors: asyncio.StreamReader, work: PieceOfWork) -> None:
    while line := await errors.readline():
        told = _last(line)
        if "progress" in told:
            work.parts[told["progress"]] = (told["events"], told["of"])
        else:
            work.complaint = line.decode(errors="replace").strip()


def _last(said: bytes) -> dict[str, Any]:
    """The last line, where it is a JSON object."""
    lines = said.decode(errors="replace").strip().splitlines()
    try:
        value = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


@asynccontextmanager
async def working(settings: ApiSettings) -> AsyncIterator[Works]:
    """What is under way ends with the API."""
    works = Works(settings)
    try:
        yield works
    finally:
        await works.end()
