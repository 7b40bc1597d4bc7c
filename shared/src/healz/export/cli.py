"""``healz-export``: one tenant's log as NDJSON or Parquet, streamed in bounded memory.

On the login of healz_reader (DATABASE_URL), whose row-level security shows one tenant at a time, and nothing can be
changed with it. A file appears once it is whole. Exit code 0: done; 1: refused, with a sentence on standard error that
says why; 2: wrong usage or settings; 130: interrupted.
"""

import argparse
import asyncio
import contextlib
import importlib
import os
import sys
from argparse import ArgumentParser
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import asyncpg
import msgspec

from healz.export import log
from healz.export.ndjson import NdjsonFile
from healz.export.shown import shown
from healz.postgres import AWAY, server_settings
from healz.settings import PostgresSettings
from healz.start import read_settings

REFUSED, INTERRUPTED = 1, 130
STANDARD_OUTPUT = "-"


class NotExported(Exception):
    """Why not, and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.to is not None and asked.to < asked.first:
        parser.error(f"--to {asked.to} lies before --from {asked.first}")
    settings = read_settings(PostgresSettings)
    try:
        asyncio.run(_export(settings, asked))
    except (NotExported, log.LogHasGap) as error:
        if asked.file == STANDARD_OUTPUT:  # else the interpreter tries to write the rest at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _refuse(str(error))
    except (asyncpg.PostgresError, *AWAY) as error:
        return _refuse(f"the database refuses, or does not answer: {error!r}")
    except KeyboardInterrupt:
        _refuse("interrupted; no file is left")
        return INTERRUPTED
    return 0


async def _export(settings: PostgresSettings, asked: argparse.Namespace) -> None:
    async with _connected(settings) as connection:
        head = await log.head(connection, asked.tenant)
        last = min(asked.to or head, head)
        if last < asked.first:
            raise NotExported(f"the log of tenant {asked.tenant} ends at position {head}: there is nothing to export")
        anonymized = await log.anonymized(connection, asked.tenant)
        decoder = msgspec.json.Decoder(dict[str, Any])
        with _writing(asked) as file:
            async for page in log.pages(connection, asked.tenant, asked.first, last):
                envelopes = (decoder.decode(envelope) for envelope in page)
                page_shown = [shown(one, personal=asked.personal, anonymized=anonymized) for one in envelopes]
                with _said_of(asked.file):
                    file.write(page_shown)
            if asked.personal and await log.anonymized(connection, asked.tenant) != anonymized:
                raise NotExported("a patient was anonymised meanwhile, so this shows what nobody may see: export again")
    sys.stderr.write(f"{last - asked.first + 1:,} events, positions {asked.first:,} to {last:,}\n")


@contextlib.asynccontextmanager
async def _connected(settings: PostgresSettings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        settings.database_url,
        timeout=settings.healz_pool_acquire_timeout_seconds,
        command_timeout=settings.healz_statement_timeout_seconds + 1,
        statement_cache_size=settings.statements_kept,
        server_settings=server_settings(settings, "export", planned_once=True),
    )
    try:
        yield connection
    finally:
        connection.terminate()


@contextlib.contextmanager
def _writing(asked: argparse.Namespace) -> Iterator[Any]:
    """What takes envelopes. A file has another name until it is whole, and is not there at all when it fails."""
    if asked.file == STANDARD_OUTPUT:
        output = NdjsonFile(sys.stdout.buffer)
        yield output
        with _said_of(asked.file):
            sys.stdout.buffer.flush()
        return
    whole = Path(asked.file)
    unfinished = whole.with_name(f".{whole.name}.unfinished")
    with _said_of(asked.file):
        file = unfinished.open("wb")
    try:
        with contextlib.ExitStack() as writing:
            yield writing.enter_context(_format_of(whole, file))
            with _said_of(asked.file):
                writing.close()
                file.flush()
                os.fsync(file.fileno())
                unfinished.replace(whole)
    finally:
        with contextlib.suppress(OSError):  # of a full disk: said already
            file.close()
        unfinished.unlink(missing_ok=True)


@contextlib.contextmanager
def _said_of(file: str) -> Iterator[None]:
    """Raises NotExported for what is wrong with the file, so that nobody looks for it in the database."""
    where = "standard output" if file == STANDARD_OUTPUT else file
    try:
        yield
    except BrokenPipeError as error:
        raise NotExported("whoever reads standard output has stopped: not all was written") from error
    except OSError as error:
        raise NotExported(f"{where} can't be written: {error.strerror}") from error


def _format_of(whole: Path, file: IO[bytes]) -> Any:
    if whole.suffix != ".parquet":
        return NdjsonFile(file)
    try:
        # Loaded only here: pyarrow is large, and NDJSON does without.
        return importlib.import_module("healz.export.parquet").ParquetFile(file)
    except ModuleNotFoundError as error:
        raise NotExported(f"Parquet needs {error.name}: install healz[parquet], or export .ndjson") from error


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="healz-export", description="One tenant's log as a file, streamed.")
    parser.add_argument("tenant", type=UUID)
    parser.add_argument("file", type=_file, help="….parquet or ….ndjson; -: NDJSON to standard output")
    parser.add_argument("--from", dest="first", type=_position, default=1, help="the first position")
    parser.add_argument("--to", type=_position, help="the last one; default: the newest")
    parser.add_argument("--personal", action="store_true", help="what is personal, too, but of who was anonymised")
    return parser


def _file(text: str) -> str:
    if text != STANDARD_OUTPUT and Path(text).suffix not in (".parquet", ".ndjson"):
        raise argparse.ArgumentTypeError("must end with .parquet or .ndjson, or be -")
    return text


def _position(text: str) -> int:
    if (position := int(text)) < 1:
        raise argparse.ArgumentTypeError("positions begin with 1")
    return position


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"healz-export: {sentence}\n")
    return REFUSED


if __name__ == "__main__":
    sys.exit(main())
