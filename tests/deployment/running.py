"""What an image runs, run on this machine: its very command, with exactly the variables that it would have."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deployment.dockerfile import Image
from system import eventually

PATH = {"PATH": os.environ["PATH"]}


@dataclass
class Process:
    """One, begun or to be begun; ``variables`` are all that it has, with this machine's addresses in them."""

    image: Image
    variables: Mapping[str, str]
    log: Path
    arguments: Sequence[str] = ()
    command: Sequence[str] | None = None
    _running: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def words(self) -> list[str]:
        return [*self.image.here(self.command or self.image.target.entrypoint), *self.arguments]

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self.words, env=PATH | dict(self.variables), cwd=self.image.root, stdout=log, stderr=log
            )

    async def run(self) -> None:
        """To its end, which has to be a good one."""
        self.start()
        assert self._running is not None
        code = await asyncio.to_thread(self._running.wait, 60)
        assert code == 0, f"{self.words} ended with {code}: {self.log.read_text()[-3000:]}"

    async def end(self) -> int:
        """As Kubernetes ends one."""
        assert self._running is not None
        self._running.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self._running.wait, 20)

    def kill(self) -> None:
        if self._running is not None and self._running.poll() is None:
            self._running.kill()
            self._running.wait()

    async def healthy(self) -> None:
        """Once the image's health check says so: the command that it has, on the ports that this process has."""
        check = self.image.target.healthcheck
        assert check is not None
        ports = {
            f":{value}/": f":{self.variables[name]}/"
            for name, value in self.image.target.environment.items()
            if name.endswith("_PORT")
        }
        url = check[-1]
        for own, here in ports.items():
            url = url.replace(own, here)
        words = [*self.image.here(check[:-1]), url]

        async def says_so() -> bool:
            assert self._running is not None
            assert self._running.poll() is None, self.log.read_text()[-3000:]
            done = await asyncio.to_thread(subprocess.run, words, env=PATH, capture_output=True, check=False)
            return done.returncode == 0

        await eventually(says_so)
