"""How a steady tenant fares while another misbehaves: each kind on a stack of its own, beside the quiet before it."""

import asyncio
import dataclasses
import json
import os
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.table import Table
from uuid_utils.compat import uuid7

from past import PATH, visit, written
from system import Clinic as Place
from system import put_clinic
from whole.misbehaving import KINDS
from whole.misbehaving import Place as Surroundings
from whole.stack import ROOT, Stack, fresh_stack
from whole.steady import Answers, Clinic, steadily

RATE = 15.0
"""Of the steady tenant, requests a second."""
IMPORTS_PER_SECOND = 1.0
"""Files with one row, at the same time."""
SECONDS = 12.0
WARM_SECONDS = 8.0
POISONS = ("a login", "an intent", "a record")
"""Kinds that may leave the stack spoiled: the next gets a fresh one."""


@dataclass(frozen=True)
class Fared:
    """The steady tenant: milliseconds in the quiet and beside a kind of misbehaviour, of its requests, and of
    the files with a row each that it imports at the same time. ``refused``: of both. ``api_mb``: the API's memory."""

    kind: str
    quiet_p50: float
    quiet_p95: float
    p50: float
    p95: float
    longest: float
    quiet_import_p50: float
    import_p50: float
    refused: dict[str, int]
    api_mb: float


class Importing(Clinic):
    """A steady tenant that imports a row now and then, too."""

    async def open(self) -> None:
        await super().open()
        self._importer = self._stack.client(self.tenant_id, "import")
        self._place: Place = await put_clinic(self.client)
        self._rows = 0

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack)
        self._stack = stack

    async def import_row(self) -> httpx.Response:
        self._rows += 1
        headers = {"Idempotency-Key": f"agenda-{self._rows}", "Content-Type": "text/csv"}
        return await self._importer.post(PATH, content=written([visit(self._place, self._rows)]), headers=headers)

    async def fare(self, seconds: float) -> tuple[Answers, Answers]:
        """How its commands and queries were answered, and its files: they take several times as long."""
        return await asyncio.gather(
            steadily(self.day, RATE, seconds), steadily([self.import_row], IMPORTS_PER_SECOND, seconds)
        )


async def compare(
    names: list[str], checkout: Path = ROOT, seconds: float = SECONDS, limit: int | None = None
) -> list[Fared]:
    """Each kind in turn; a kind that spoils a stack gets one of its own. ``limit``: of a tenant's requests a minute,
    None for that of `make up`, which is none."""
    fared: list[Fared] = []
    extra = {} if limit is None else {"HEALZ_REQUESTS_PER_MINUTE_MAX": str(limit)}
    while names:
        with fresh_stack(checkout, **extra) as stack:
            clinic = Importing(stack)
            await clinic.open()
            await clinic.fare(WARM_SECONDS)
            while names:
                name = names[0]
                fared.append(await beside(stack, clinic, name, seconds))
                sys.stderr.write(f"{fared[-1]}\n")
                names = names[1:]
                if name.startswith(POISONS) or not await quiet_again(clinic):
                    break
            await clinic.client.aclose()
    return fared


async def beside(stack: Stack, clinic: Importing, name: str, seconds: float = SECONDS) -> Fared:
    """One kind: the quiet first, then beside it."""
    quiet, quiet_imports = await clinic.fare(seconds)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "whole.misbehaving",
        name,
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(dataclasses.asdict(surroundings(stack, clinic))).encode())
        process.stdin.close()
        async with asyncio.timeout(180):
            assert (await process.stdout.readline()).strip() == b"ready"
        # Until it has its full effect.
        await asyncio.sleep(1)
        answers, imports = await clinic.fare(seconds)
        memory = sum(process.memory_info().rss for process in stack.processes().get("command-api", [])) / 2**20
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()
    return Fared(
        name,
        quiet.percentile(50),
        quiet.percentile(95),
        answers.percentile(50),
        answers.percentile(95),
        max(answers.milliseconds, default=float("inf")),
        quiet_imports.percentile(50),
        imports.percentile(50),
        dict(Counter(answers.refused) + Counter(imports.refused)),
        memory,
    )


def surroundings(stack: Stack, clinic: Clinic) -> Surroundings:
    tenant_id = uuid7()
    return Surroundings(
        api_url=stack.api_url,
        bootstrap_servers=stack.bootstrap_servers,
        login_url=stack.database_url("healz_reader"),
        tenant_id=str(tenant_id),
        neighbour_id=str(clinic.tenant_id),
        tokens={role: stack.token(tenant_id, role) for role in ("admin", "import")},
        relay_pid=next((process.pid for process in stack.processes().get("relay", [])), 0),
    )


async def quiet_again(clinic: Clinic) -> bool:
    """Whether the aftermath is over within half a minute."""
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        answers: Answers = await steadily(clinic.day, RATE, 1.0)
        if not answers.refused and answers.percentile(95) < 100:
            return True
    return False


def table(fared: list[Fared], before: list[dict[str, Any]] | None = None) -> Table:
    shown = Table(
        "while another …", "quiet p50 / p95", "p50 / p95 / max ms", "× quiet p95", "imports p50", "refused", "API MB"
    )
    earlier = {neighbour["kind"]: neighbour for neighbour in before or ()}
    if earlier:
        shown.add_column("before: p50 / p95 / max ms")
        shown.add_column("before: refused")
    for neighbour in fared:
        row = [
            neighbour.kind,
            f"{neighbour.quiet_p50:.0f} / {neighbour.quiet_p95:.0f}",
            f"{neighbour.p50:.0f} / {neighbour.p95:.0f} / {neighbour.longest:.0f}",
            f"{neighbour.p95 / neighbour.quiet_p95:.1f}",
            f"{neighbour.quiet_import_p50:.0f} → {neighbour.import_p50:.0f}",
            _counted(neighbour.refused),
            f"{neighbour.api_mb:.0f}",
        ]
        if found := earlier.get(neighbour.kind):
            row += [f"{found['p50']:.0f} / {found['p95']:.0f} / {found['longest']:.0f}", _counted(found["refused"])]
        shown.add_row(*row)
    return shown


def _counted(refused: dict[str, int]) -> str:
    return ", ".join(f"{n} × {why}" for why, n in refused.items()) or "0"


ALL = list(KINDS)
