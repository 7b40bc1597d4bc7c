"""A log as Parquet: the envelope in columns, the payload as JSON. Needs pyarrow, which no service has:
``healz[parquet]``."""

from datetime import datetime
from types import TracebackType
from typing import IO, Any, Self

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS_MAX = 20_000
GROUP_BYTES_MAX = 32 * 1024 * 1024
"""Of payloads. A row group is written once it has one or the other: so much is in memory."""

COLUMNS = {
    "tenant_id": pa.string(),
    "position": pa.int64(),
    "event_id": pa.string(),
    "event_type": pa.string(),
    "schema_version": pa.int32(),
    "aggregate_type": pa.string(),
    "aggregate_id": pa.string(),
    "aggregate_version": pa.int32(),
    "patient_id": pa.string(),
    "clinic_id": pa.string(),
    "causation_id": pa.string(),
    "correlation_id": pa.string(),
    "user_id": pa.string(),
    "created_at": pa.timestamp("us", "UTC"),
    "event_data": pa.string(),
    "metadata": pa.string(),
}
MAY_BE_NULL = {"clinic_id", "causation_id", "user_id", "metadata"}
SCHEMA = pa.schema([pa.field(name, kind, name in MAY_BE_NULL) for name, kind in COLUMNS.items()])


class ParquetFile:
    """Keeps a row group at most."""

    def __init__(self, file: IO[bytes]) -> None:
        self._writer = pq.ParquetWriter(file, SCHEMA, compression="zstd")
        self._encoder = msgspec.json.Encoder()
        self._begin()

    def _begin(self) -> None:
        self._columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        self._bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self._write_group()
        self._writer.close()

    def write(self, envelopes: list[dict[str, Any]]) -> None:
        for envelope in envelopes:
            data = self._encoder.encode(envelope["event_data"]).decode()
            metadata = envelope["metadata"]
            self._bytes += len(data)
            row = envelope | {
                "created_at": datetime.fromisoformat(envelope["created_at"]),
                "event_data": data,
                "metadata": None if metadata is None else self._encoder.encode(metadata).decode(),
            }
            for name, values in self._columns.items():
                values.append(row[name])
        if len(self._columns["position"]) >= GROUP_ROWS_MAX or self._bytes >= GROUP_BYTES_MAX:
            self._write_group()

    def _write_group(self) -> None:
        if self._columns["position"]:
            self._writer.write_table(pa.table(self._columns, SCHEMA))
            self._begin()
