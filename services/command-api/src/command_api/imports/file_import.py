"""A whole file: divided into batches as its bytes come, each one tried and written down before the next is read."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from command_api.handle import Handler
from command_api.imports.batch_import import BatchImport
from command_api.imports.pauses import Pauses
from command_api.imports.reading import Reading
from command_api.imports.refused_file import RefusedFile
from command_api.imports.rows.layout import UNREADABLE
from command_api.imports.rows.mapping import NO_MAPPING, FileMapping
from command_api.imports.rows.records import Record
from command_api.imports.stopped import REST, Stopped
from command_api.imports.store import Batch, ImportStore
from command_api.imports.tally import Tally
from command_api.scope import Asked, KeyReused

MENDED = "look at refusals, mend them and send the file under another Idempotency-Key"


@dataclass(frozen=True)
class Bounds:
    """Each is a setting."""

    header_bytes_max: int
    row_bytes_max: int
    rows_max: int
    blank_lines_max: int
    unreadable_rows_max: int
    turn_seconds: float
    batch_rows_max: int
    lanes_at_once: int
    refusals_shown_max: int


@dataclass
class FileImport:
    """The import of one request's file. Times after ``latest`` lie ahead."""

    store: ImportStore
    handler: Handler
    asked: Asked
    latest: datetime
    bounds: Bounds
    tally: Tally
    mapping: FileMapping = NO_MAPPING
    encoding: str | None = None
    """As the sender says it is; None: they don't."""
    refused_file: RefusedFile | None = None
    """Where the refused rows are kept, if somebody wants them back."""
    settled_up_to: int = 1
    """The last row whose batch was tried, as a spreadsheet counts."""
    _batch: list[Record] = field(default_factory=list)
    _batch_rows: int = 0
    _unreadable_rows: int = 0

    def __post_init__(self) -> None:
        """The first turn begins with it."""
        bounds = self.bounds
        self._pauses = Pauses(bounds.turn_seconds)
        self._reading = Reading(
            bounds.header_bytes_max,
            bounds.row_bytes_max,
            bounds.blank_lines_max,
            self._pauses,
            self.mapping,
            self.encoding,
        )
        self._digest = hashlib.sha256()
        """Of the header and the batch's rows so far."""

    async def run(self, pieces: AsyncIterator[bytes]) -> Tally:
        """Raises HeaderRefused, Stopped, KeyReused for another file under this key, and what the store raises."""
        async for row in self._reading.rows(pieces):
            await self._take(row)
        if self._batch:
            await self._settle(is_last=True)
        return self.tally

    async def _take(self, row: Record) -> None:
        # Only the row after it tells that a batch is not the last.
        full = self.tally.rows + len(self._batch) == self.bounds.rows_max
        if self._batch and (full or len(self._batch) == self._batch_rows):
            await self._settle(is_last=False)
        if full:
            raise Stopped(413, "too_many_rows", f"one import takes {self.bounds.rows_max} rows at most; {REST}")
        if not self._batch:
            # As many as when the file was sent before, whatever the setting is by now.
            before = await self.store.rows_of_batch(self.tally.rows + 1)
            self._batch_rows = before or self.bounds.batch_rows_max
            self._digest = hashlib.sha256((self._reading.header.text or b"") + self.mapping.as_bytes)
            self._pauses.begin()
        self._digest.update(b"\n")
        self._digest.update(b"\0" if row.text is None else row.text)
        self._batch.append(row)

    async def _settle(self, *, is_last: bool) -> None:
        records, self._batch = self._batch, []
        digest = self.handler.store.hashes.imported_rows(self.asked.tenant_id, self._digest.digest())
        batch = Batch(self.tally.rows + 1, len(records), is_last, digest)
        begun = await self.store.begin(batch)
        if (begun.rows, begun.is_last, begun.digest) != (batch.rows, batch.is_last, batch.digest):
            raise KeyReused
        self.tally.rows += len(records)
        # Of a whole tenant's batch; who sees some clinics alone hears of the rows there, and of no other.
        if begun.refused == 0 and self.asked.clinics is None:
            self.tally.known += len(records)
        else:
            refused = await self._try(records)
            if begun.refused != 0:
                await self.store.finish(batch.first_row, refused)
        self.settled_up_to = records[-1].number
        self._pauses.begin()
        if self._unreadable_rows > self.bounds.unreadable_rows_max:
            most = self.bounds.unreadable_rows_max
            raise Stopped(
                422,
                "too_many_unreadable_rows",
                f"more than {most} rows of this file are not rows of its header; {MENDED}",
            )

    async def _try(self, records: list[Record]) -> int:
        """How many rows were refused."""
        layout, lanes_at_once = self._reading.layout, self.bounds.lanes_at_once
        work = BatchImport(
            self.store, self.handler, self.asked, layout, self.latest, lanes_at_once, self._pauses, self.tally
        )
        await work.run(records)
        for record in records:
            refusal, remark = work.refused.get(record.number), work.remarks.get(record.number)
            if refusal is not None:
                self.tally.refuse(refusal, self.bounds.refusals_shown_max)
                self._unreadable_rows += refusal.rule in UNREADABLE
                if self.refused_file is not None:
                    await self._pauses.take()
                    self.refused_file.add(layout, record, self._reading.header, refusal)
            elif remark is not None:
                self.tally.remark(remark, self.bounds.refusals_shown_max)
        return len(work.refused)
