"""A log as NDJSON: an envelope a line, as it stands in ``data`` of the topic's records."""

from types import TracebackType
from typing import IO, Any, Self

import msgspec


class NdjsonFile:
    """Written as it comes: nothing is kept."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._encoder = msgspec.json.Encoder()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.flush()

    def write(self, envelopes: list[dict[str, Any]]) -> None:
        self._file.write(self._encoder.encode_lines(envelopes))
