"""A whole file: divided into batches as its bytes come, each one tried and written down before the next is read."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from command_api.handle import Asked, Handler, KeyReused
from command_api.imports.batch_import import BatchImport
from command_api.imports.header import HeaderRefused, Layout, read_header
from command_api.imports.records import Record, Records
from command_api.imports.store import Batch, ImportStore
from command_api.imports.tally import Tally


@dataclass(frozen=True)
class Bounds:
    """Each is a setting."""

    row_bytes_max: int
    batch_rows_max: int
    lanes_at_once: int
    refusals_shown_max: int


@dataclass
class FileImport:
    """One request's. Times after ``latest`` lie ahead."""

    store: ImportStore
    handler: Handler
    asked: Asked
    latest: datetime
    bounds: Bounds
    tally: Tally
    _header: bytes = b""
    _layout: Layout | None = None
    _batch: list[Record] = field(default_factory=list)
    _batch_rows: int = 0

    async def run(self, chunks: AsyncIterator[bytes]) -> Tally:
        """Raises HeaderRefused, KeyReused when another file was sent under this key, and what reading it raises."""
        records = Records(self.bounds.row_bytes_max)
        async for chunk in chunks:
            for record in records.feed(chunk):
                await self._take(record, records)
        for record in records.end():
            await self._take(record, records)
        if self._layout is None:
            raise HeaderRefused("the body is empty; send the file itself, as curl --data-binary does")
        if self._batch:
            await self._settle(is_last=True)
        return self.tally

    async def _take(self, record: Record, records: Records) -> None:
        if record.is_blank:
            return
        if self._layout is None:
            self._layout = read_header(record.text)
            self._header = record.text or b""
            records.delimiter = self._layout.delimiter.encode()
            return
        # Only the row after it tells that a batch is not the last.
        if self._batch and len(self._batch) == self._batch_rows:
            await self._settle(is_last=False)
        if not self._batch:
            # As many as when the file was sent before, whatever the setting is by now.
            before = await self.store.rows_of_batch(self.tally.rows + 1)
            self._batch_rows = before or self.bounds.batch_rows_max
        self._batch.append(record)

    async def _settle(self, *, is_last: bool) -> None:
        assert self._layout is not None
        records, self._batch = self._batch, []
        batch = Batch(self.tally.rows + 1, len(records), is_last, self._digest(records))
        begun = await self.store.begin(batch)
        if (begun.rows, begun.is_last, begun.digest) != (batch.rows, batch.is_last, batch.digest):
            raise KeyReused
        self.tally.rows += len(records)
        # Of a whole tenant's batch; who sees some clinics alone hears of the rows there, and of no other.
        if begun.refused == 0 and self.asked.clinics is None:
            self.tally.known += len(records)
            return
        work = BatchImport(
            self.store, self.handler, self.asked, self._layout, self.latest, self.bounds.lanes_at_once, self.tally
        )
        await work.run(records)
        for number in sorted(work.refused):
            self.tally.refuse(work.refused[number], self.bounds.refusals_shown_max)
        if begun.refused != 0:
            await self.store.finish(batch.first_row, len(work.refused))

    def _digest(self, records: list[Record]) -> bytes:
        def parts() -> Iterator[bytes]:
            yield self._header
            for record in records:
                yield b"\n"
                yield b"\0" if record.text is None else record.text

        digest = hashlib.sha256()
        for part in parts():
            digest.update(part)
        return digest.digest()
