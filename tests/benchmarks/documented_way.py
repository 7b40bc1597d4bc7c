"""A projector as textbooks have it: a transaction for each event, which a table of processed events keeps from being
applied twice. Patients' rows alone; from the topic, like ours."""

import time
from typing import Any

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer

from healz.events import Recorded, read_cloud_event
from healz.read_models.patient import evolve
from healz.read_models.patient_row import PatientRow

TABLES = """
CREATE TABLE IF NOT EXISTS public.processed_events (event_id uuid PRIMARY KEY);
CREATE TABLE IF NOT EXISTS public.patient_row (patient_id uuid PRIMARY KEY, row jsonb NOT NULL);
TRUNCATE public.processed_events, public.patient_row
"""
PROCESSED = "INSERT INTO public.processed_events VALUES ($1) ON CONFLICT DO NOTHING RETURNING event_id"
LOAD = "SELECT row FROM public.patient_row WHERE patient_id = $1 FOR UPDATE"
SAVE = """
INSERT INTO public.patient_row VALUES ($1, $2)
ON CONFLICT (patient_id) DO UPDATE SET row = excluded.row
"""


async def events_per_second(consumer: AIOKafkaConsumer, connection: asyncpg.Connection, events: int) -> float:
    """Of so many; the consumer is at the begin of the topic."""
    await connection.execute(TABLES)
    started, done = time.perf_counter(), 0
    while done < events:
        for records in (await consumer.getmany(timeout_ms=1000, max_records=500)).values():
            for record in records[: events - done]:
                await apply(connection, read_cloud_event(record.value))
                done += 1
    return done / (time.perf_counter() - started)


async def apply(connection: Any, event: Recorded) -> None:
    async with connection.transaction():
        if await connection.fetchval(PROCESSED, event.event_id) is None:
            return
        before = await connection.fetchval(LOAD, event.patient_id)
        row = evolve(msgspec.json.decode(before, type=PatientRow) if before else None, event)
        if row is not None:
            await connection.execute(SAVE, event.patient_id, msgspec.json.encode(row).decode())
