"""``healz-traces``: takes spans by OTLP over HTTP, as a collector does, and keeps the last ones in memory."""

import gzip
import re
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import msgspec
from google.protobuf.message import DecodeError
from pydantic import Field
from pydantic_settings import BaseSettings

from healz_local.ports import HOST
from healz_local.traces.kept import KeptSpans

BODY_BYTES_MAX = 64 * 1024 * 1024
"""As much as an exporter sends at most."""
DECODED: dict[str | None, Callable[[bytes], bytes]] = {None: bytes, "gzip": gzip.decompress, "deflate": zlib.decompress}
ASKED = re.compile("/traces/([0-9a-f]{32})")


class ReceiverSettings(BaseSettings):
    """The receiver's one knob."""

    healz_traces_port: int = Field(ge=1, le=65535)


class Receiver(BaseHTTPRequestHandler):
    """POST /v1/traces as OTLP says, GET /traces/{id}: the spans that lead to a trace, as JSON."""

    protocol_version = "HTTP/1.1"
    kept: ClassVar[KeptSpans]

    def do_POST(self) -> None:
        """Takes spans."""
        length = int(self.headers.get("Content-Length", 0))
        if self.path != "/v1/traces" or length > BODY_BYTES_MAX:
            self.close_connection = True
            self._answer(404 if length <= BODY_BYTES_MAX else 413)
            return
        body = self.rfile.read(length)
        try:
            self.kept.take(DECODED[self.headers.get("Content-Encoding")](body))
        except (DecodeError, KeyError, OSError, EOFError, zlib.error):
            self._answer(400)
        else:
            self._answer(200)  # an empty message of protobuf: all were taken

    def do_GET(self) -> None:
        """Tells spans."""
        found = ASKED.fullmatch(self.path)
        if found is None:
            self._answer(404)
        else:
            self._answer(200, msgspec.json.encode(self.kept.leading_to(found[1])), "application/json")

    def _answer(self, status: int, body: bytes = b"", kind: str = "application/x-protobuf") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # the base class' own name
        """Nothing: a line for each request tells nobody anything."""


def serving(port: int) -> ThreadingHTTPServer:
    """A server with spans of its own. Raises OSError where the port is taken."""
    return ThreadingHTTPServer((HOST, port), type("ReceiverOfOne", (Receiver,), {"kept": KeptSpans()}))


def main() -> None:
    """Entry point: until it is ended by a signal."""
    serving(ReceiverSettings().healz_traces_port).serve_forever()
