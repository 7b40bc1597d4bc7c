"""``healz-projection`` as operators call it, while it is looked at how much memory it takes."""

import asyncio
import contextlib
import json
import signal
from typing import Any, Self

import psutil

from system import SCRIPTS, System

LOOK_SECONDS = 0.1
"""The pace of looking."""


class Operated:
    """One call, under way. Memory in MiB, of the ``largest`` of its processes, and of all ``together``."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._parent = psutil.Process(process.pid)
        self._said = asyncio.create_task(process.communicate())
        self._looking = asyncio.create_task(self._look())
        self.largest = self.together = 0.0

    @classmethod
    async def begin(cls, system: System, schema: str, *words: str) -> Self:
        command = [str(SCRIPTS / "healz-projection"), "--projection", schema, *words, "--json"]
        environment = system.environment(f"projector-{schema}")
        return cls(await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE))

    @property
    def has_ended(self) -> bool:
        return self._said.done()

    async def answer(self) -> dict[str, Any]:
        """What it says in the end, with its exit ``code``."""
        said, _ = await self._said
        await self._looking
        return {**json.loads(said), "code": self._process.returncode}

    async def kill(self) -> None:
        """With SIGKILL; returns once its workers have ended too."""
        workers = self._parent.children(recursive=True)
        self._process.send_signal(signal.SIGKILL)
        await self._said
        await asyncio.to_thread(psutil.wait_procs, workers, timeout=10)

    async def _look(self) -> None:
        while not self.has_ended:
            with contextlib.suppress(psutil.NoSuchProcess):
                each = [own.memory_info().rss / 2**20 for own in (self._parent, *self._parent.children(recursive=True))]
                self.largest, self.together = max(self.largest, *each), max(self.together, sum(each))
            await asyncio.sleep(LOOK_SECONDS)
