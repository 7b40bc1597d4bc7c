"""One projector's state in its process: what it consumed, and what it committed."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from healz.ending import end_process_if_failed
from healz.kafka import answers, brokers
from healz.metrics.observe import keep_observing
from healz.postgres import answers as database_answers
from healz.postgres import create_pool
from healz.projection.engine import Engine
from healz.projection.folded import Folded
from healz.projection.halted import reason_of
from healz.projection.metrics import ProjectionMetrics
from healz.projection.observed import ReadModelState
from healz.projection.reconcile import LookDone, Reconcile, keep_reconciling
from healz.projection.settings import ProjectorSettings
from healz.projection.shape import Projection
from healz.projection.spans import batch_span
from healz.projection.tenants_logged import tenants_logged
from healz.projection.topic import TopicRecords
from healz.projection.watchdog import Watchdog
from healz.traces.recorder import NOTHING, recorder

log = logging.getLogger(__name__)
SMALL_BATCH_SHARE = 0.25


class Projector:
    """``running`` is around all of it; ``kafka_answers`` comes before the first ``consume``, which takes a batch."""

    def __init__(self, settings: ProjectorSettings, projection: Projection[Any]) -> None:
        self._settings = settings
        self._projection = projection
        self._group = settings.healz_consumer_group or projection.component
        self._metrics = ProjectionMetrics(projection, settings.healz_metrics_tenants_max)
        self._engine: Engine[Any] | None = None
        self._engine_lock = asyncio.Lock()
        self._offsets: dict[TopicPartition, int] = {}
        self._consumer: Any = None
        self._topic = TopicRecords(self._metrics)
        self._watchdog = Watchdog(
            settings.healz_watchdog_seconds,
            database_answers=lambda: database_answers(settings, settings.database_url),
            kafka_answers=lambda: answers(**brokers(settings)),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything but the consumer: reconcile and the watchdog need no broker, so they come first and go last."""
        settings, projection = self._settings, self._projection
        self._metrics.begin()
        pool = await create_pool(settings, projection.component, planned_once=True)
        self._engine = Engine(
            pool, projection, settings.healz_hole_events_max, settings.healz_patients_kept_max, self._metrics
        )
        reconcile = Reconcile(
            self._engine,
            pool,
            self._engine_lock,
            look_seconds_max=settings.healz_reconcile_look_seconds_max,
            halted_told_seconds=settings.healz_halted_told_interval_seconds,
        )
        tasks = [
            asyncio.create_task(keep_reconciling(reconcile, settings.healz_reconcile_interval_ms, self._reconciled)),
            asyncio.create_task(self._keep_committing()),
            asyncio.create_task(self._watchdog.watch()),
        ]
        if settings.metrics_are_exported:
            state = ReadModelState(pool, projection.schema)
            tasks.append(asyncio.create_task(keep_observing(state, settings.healz_metrics_observe_seconds)))
        # None of them ends by itself: one that fails takes the process with it, and the supervisor starts it anew.
        for task in tasks:
            task.add_done_callback(end_process_if_failed)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await pool.close()

    async def kafka_answers(self) -> None:
        """Returns once a broker answers: FastStream ends at once when none does."""
        while not await answers(**brokers(self._settings)):
            log.warning("waiting for Kafka; reconcile keeps the read model up to date meanwhile")
            # The pace of asking.
            await asyncio.sleep(1.0)

    async def consume(self, records: Sequence[ConsumerRecord[bytes, bytes]], consumer: Any) -> None:
        """Applies a batch, however often it takes. Nothing escapes: what did would be skipped for good."""
        started = time.monotonic()
        self._watchdog.batch_begins()
        with self._recorded(records):
            folded = await self._fold(records)
        self._watchdog.batch_done()
        self._topic.unconfirmed(folded.unconfirmed)
        if folded.left_out:
            log.info("left to reconcile", extra={"tenants": len(folded.left_out)})
        self._consumer = consumer
        for partition, offset in {record.partition: record.offset for record in records}.items():
            self._offsets[TopicPartition(records[0].topic, partition)] = offset + 1
        if 1 < len(records) < self._settings.healz_batch_records_max * SMALL_BATCH_SHARE:
            # One alone: nothing queues. More: as long as the work took, so that batches get fewer and larger.
            worked = time.monotonic() - started
            await asyncio.sleep(min(worked, self._settings.healz_batch_pause_ms_max / 1000))

    async def _fold(self, records: Sequence[ConsumerRecord[bytes, bytes]]) -> Folded:
        assert self._engine is not None
        events = self._topic.events(records)
        backoff_ms = self._settings.healz_retry_backoff_first_ms
        tries = 0
        while True:
            try:
                async with self._engine_lock:
                    began = time.monotonic()
                    folded = await self._engine.fold(events)
                    self._metrics.processed(time.monotonic() - began)
                    return folded
            # A database that is away is waited for. What is nobody's trouble alone is tried again until it passes, or
            # until the watchdog ends the process.
            except Exception as error:
                tries += 1
                self._metrics.error("batch")
                about = {"reason": reason_of(error), "tries": tries, "records": len(records), "backoff_ms": backoff_ms}
                if tries < self._settings.healz_batch_tries_quiet:
                    log.warning("batch failed, trying again", extra=about)
                else:
                    waiting = tenants_logged(sorted({event.tenant_id for event in events}))
                    log.error("a batch can't get on", extra=about | waiting)  # noqa: TRY400  # a traceback shows values
                await asyncio.sleep(backoff_ms / 1000 * random.uniform(0.5, 1.5))  # noqa: S311  # jitter, not a secret
                backoff_ms = min(backoff_ms * 2, self._settings.healz_retry_backoff_max_ms)

    def _recorded(self, records: Sequence[ConsumerRecord[bytes, bytes]]) -> AbstractContextManager[None]:
        """A span of the batch, however often it is tried, linked to the request of each record."""
        own = recorder()
        return NOTHING if own is None else batch_span(own, records, self._group)

    def _reconciled(self, done: LookDone) -> None:
        self._metrics.reconciled(done.applied)
        self._watchdog.reconciled(done.applied, moved_on=done.moved_on)

    async def _keep_committing(self) -> None:
        """Offsets are a hint of where to start reading; losing one costs a second look, so a failure is only logged."""
        while True:
            # Offsets are committed at this pace and not per batch.
            await asyncio.sleep(self._settings.healz_offset_commit_interval_ms / 1000)
            offsets, self._offsets = self._offsets, {}
            if not offsets:
                continue
            try:
                assigned = self._consumer.assignment()
                ours = {tp: offset for tp, offset in offsets.items() if tp in assigned}
                # All may have gone to another instance, or with the topic; the client refuses to commit nothing.
                if ours:
                    await self._consumer.commit(ours)
            except (KafkaError, IllegalStateError) as error:
                log.warning("offsets not committed", extra={"reason": repr(error)})
