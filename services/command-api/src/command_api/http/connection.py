"""One HTTP connection, bounded: by itself uvicorn keeps a request's headers until they end, however long that takes."""

import asyncio
import json
from asyncio import Transport
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from command_api.http.problems import Problem, document
from command_api.http.stream import STREAMED
from command_api.http.transport import WholeAnswers
from command_api.settings import ApiSettings

SENT_AWAY_SECONDS = 2.0
"""A client that is still sending gets so long to read why it is sent away; what it sends is not kept."""


class HeadersTooLarge(Exception):
    """Raised out of the parser: the request's headers are too large."""


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's HTTP protocol, bounded: answers 400, 408, 414 and 431 as problem documents, and closes."""

    def __init__(self, settings: ApiSettings, **given: Any) -> None:
        super().__init__(**given)
        self._settings = settings
        self._in_header = True
        """Waiting for a request, or for the rest of its headers."""
        self._between = 0
        """Bytes since the last one of a body, or since the request before: headers, trailers, a chunk's extensions."""
        self._refusal = (400, "this can't be read as an HTTP request; look at its headers' names, values, lengths")
        self._sent_away = False
        self._due: asyncio.TimerHandle | None = None
        self._read_due: asyncio.TimerHandle | None = None
        self.waiting_since = self.loop.time()

    @property
    def _headers_too_large(self) -> str:
        return f"a request's headers may have {self._settings.healz_header_bytes_max} bytes at most"

    @property
    def is_waiting(self) -> bool:
        """Nothing is being answered here."""
        return self.cycle is None or (self.cycle.response_complete and not self.pipeline)

    @property
    def owes_its_body(self) -> bool:
        """The request's headers are there, and it is the client that is waited for."""
        return not self.is_waiting and self.cycle.more_body and not self.flow.read_paused

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.transport = cast("Transport", WholeAnswers(transport, self.loop))
        self._limit(self._settings.healz_header_seconds_max, self._headers_are_late)
        if len(self.connections) > self._settings.healz_connections_max:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._limit(None)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._sent_away:
            return
        self._between += len(data)
        self._expect_headers()
        super().data_received(data)
        if self._between > self._settings.healz_header_bytes_max:
            self._send_away(431, self._headers_too_large)

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self._settings.healz_url_bytes_max:
            self._refuse(414, f"an address may have {self._settings.healz_url_bytes_max} bytes at most")

    def on_headers_complete(self) -> None:
        settings = self._settings
        if len(self.headers) > settings.healz_headers_max:
            self._refuse(431, f"a request may have {settings.healz_headers_max} headers at most")
        if sum(len(name) + len(value) + 4 for name, value in self.headers) > settings.healz_header_bytes_max:
            self._refuse(431, self._headers_too_large)
        self._in_header, self._between = False, 0
        self._limit(None)
        self.waiting_since = self.loop.time()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._between = 0
        self.waiting_since = self.loop.time()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_header, self._between = True, 0
        super().on_message_complete()
        if self.is_waiting:
            # It was answered before it had ended, and what came since has stopped uvicorn's clock.
            self._limit(None)
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.waiting_since = self.loop.time()
        if self.transport.is_closing() or (self.is_waiting and not self._in_header):
            self._limit(self._settings.healz_body_seconds_max, self.transport.abort)
        else:
            self._expect_headers()

    def shutdown(self) -> None:
        """The server stops: requests in flight are finished, but what is streamed would go on for ever."""
        super().shutdown()
        if not self.is_waiting and self.cycle.scope.get("state", {}).get(STREAMED):
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look_whether_it_reads(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._read_due is not None:
            self._read_due.cancel()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's words
        self._send_away(*self._refusal)

    def _refuse(self, status: int, why: str) -> None:
        self._refusal = status, why
        raise HeadersTooLarge(why)

    def _expect_headers(self) -> None:
        """Once the first byte of a request is there, and the one before is answered."""
        if self._in_header and self._between and self._due is None and self.is_waiting:
            self.waiting_since = self.loop.time()
            self._limit(self._settings.healz_header_seconds_max, self._headers_are_late)

    def _headers_are_late(self) -> None:
        if self._between:
            self._send_away(408, f"the headers were not there within {self._settings.healz_header_seconds_max:g} s")
        else:
            self.transport.abort()

    def _look_whether_it_reads(self, unread: int) -> None:
        def look() -> None:
            still = self.transport.get_write_buffer_size()
            if still >= unread:
                self.transport.abort()
            else:
                self._look_whether_it_reads(still)

        self._read_due = self.loop.call_later(self._settings.healz_body_seconds_max, look)

    def _make_room(self) -> None:
        """Closes the one that has let us wait for the longest, of those that ask nothing or of those that owe their
        body: whichever are more, so that who opens many of one kind closes their own."""
        mine = cast("set[BoundedHttp]", self.connections)
        others = [connection for connection in mine if connection is not self and not connection.transport.is_closing()]
        silent = [connection for connection in others if connection.is_waiting]
        late = [connection for connection in others if connection.owes_its_body]
        if candidates := max(silent, late, key=len):
            min(candidates, key=lambda connection: connection.waiting_since).transport.abort()
        else:
            self._send_away(503, "there are too many connections; try again shortly")

    def _send_away(self, status: int, why: str) -> None:
        if self._sent_away or self.transport.is_closing():
            return
        self._sent_away = True
        if not self.is_waiting:
            if self.cycle.response_started:
                self.transport.abort()
                return
            # Whoever works on the request learns that nobody waits for the answer.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        told = json.dumps(document(Problem(status, why))).encode()
        head = b"content-type: application/problem+json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(told)
        self.transport.write(STATUS_LINE[status] + head + told)
        # Closed at once, the kernel would throw away what the client sent meanwhile and, with a reset, our answer.
        self._limit(SENT_AWAY_SECONDS, self.transport.abort)

    def _limit(self, seconds: float | None, then: Callable[[], object] = lambda: None) -> None:
        """The one thing that this connection waits for; None: for nothing."""
        if self._due is not None:
            self._due.cancel()
        self._due = self.loop.call_later(seconds, then) if seconds is not None else None
