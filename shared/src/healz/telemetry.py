"""Structured logs: one JSON object a line, never a name, phone, CPF or message text in it."""

import json
import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# One encoder for all lines: json.dumps makes a new one each time that it is told anything.
ENCODE = json.JSONEncoder(default=str, ensure_ascii=False).encode
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}
ABOUT: ContextVar[Mapping[str, Any]] = ContextVar("about", default={})  # noqa: B039  # nobody changes it
"""The operation that lines are written for: its correlation id and its trace's id. Of a process' own work: nothing."""


class JsonLines(logging.Formatter):
    """Formats a record as a JSON object; what was passed as ``extra`` becomes fields of it."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= ABOUT.get()
        line |= {key: value for key, value in vars(record).items() if key not in STANDARD}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return ENCODE(line)


def configure_logs(level: str) -> None:
    """JSON lines on standard error for this whole process. Raises ValueError for a level that doesn't exist."""
    # What no line shows needn't be found out for each: its caller, thread, process (Python's logging, "Optimization").
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Their INFO is a line per request and per metadata refresh.
    for chatty in ("aiokafka", "faststream", "httpx", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))
