"""All parts together: what starts after what, and what is ours to stop and to delete."""

import fcntl
import logging
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

from healz_local.answering import hanging
from healz_local.errors import LocalStackError, StartFailed
from healz_local.kafka import Kafka
from healz_local.ports import require_free
from healz_local.postgres import Postgres
from healz_local.processes import last_lines
from healz_local.programs import programs
from healz_local.schema import apply_schema, make_topic
from healz_local.services import Services
from healz_local.settings import LocalSettings
from healz_local.tokens import SECRETS

_log = logging.getLogger(__name__)


class Stack:
    """The local stack of these settings. postgres or kafka is None where the settings name one that isn't ours."""

    def __init__(self, settings: LocalSettings) -> None:
        self.settings = settings
        postgres = Postgres(settings.home, settings.postgres_port)
        kafka = Kafka(
            settings.home,
            settings.kafka_port,
            settings.kafka_controller_port,
            jars_cache=settings.jars_cache,
            maven_repository=settings.maven_repository,
        )
        self.postgres = None if settings.external_database_url else postgres
        self.kafka = None if settings.external_kafka else kafka
        self.services = Services(settings.home)
        self.database_url = settings.external_database_url or postgres.url()
        self.bootstrap_servers = settings.external_kafka or kafka.bootstrap_servers

    def up(self) -> None:
        """Start whatever doesn't run yet; returns when the API says that it is ready. Raises LocalStackError."""
        with self._alone():
            self._up()

    def down(self) -> None:
        """Stop everything that is ours; data stays. Raises LocalStackError."""
        with self._alone():
            self._down()

    def reset(self) -> None:
        """Stop everything that is ours and delete its data, logs and secrets. The fetched jars stay."""
        with self._alone():
            self._reset()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One of these at a time. Raises LocalStackError when another is at work."""
        self.settings.home.mkdir(parents=True, exist_ok=True)
        with (self.settings.home / "stack.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise LocalStackError("Another up, down or reset of this stack is at work: wait for it.") from error
            yield

    def _up(self) -> None:
        with ThreadPoolExecutor(2) as threads:
            database = threads.submit(self._database_up)
            topic = threads.submit(self._kafka_up)
            database.result()
            topic.result()
        if self.services.supervisor() is None:
            self.services.stop()  # an earlier supervisord may have left services behind, on our port
            require_free(self.settings.api_port, "The API", "HEALZ_API_PORT")
        self.services.start(programs(self.settings, self.database_url, self.bootstrap_servers))
        if hang := hanging(self.services.states(), self.settings):
            _log.info("started anew, for they did not answer: %s", ", ".join(sorted(hang)))
            self.services.restart(hang)
        self._wait_until_ready()

    def _down(self) -> None:
        self.services.stop()
        with ThreadPoolExecutor(2) as threads:
            stops = [threads.submit(part.stop) for part in (self.postgres, self.kafka) if part is not None]
        for stop in stops:
            stop.result()

    def _reset(self) -> None:
        self._down()
        if self.postgres is not None:
            self.postgres.destroy()
        if self.kafka is not None:
            self.kafka.destroy()
        shutil.rmtree(self.services.logs, ignore_errors=True)
        for leftover in ("supervisord.conf", "supervisord.pid", "demo-progress.json", *SECRETS):
            (self.settings.home / leftover).unlink(missing_ok=True)

    def _database_up(self) -> None:
        if self.postgres is not None:
            self.postgres.start()
        apply_schema(self.database_url)
        _log.info("PostgreSQL is up, its schema is current")

    def _kafka_up(self) -> None:
        if self.kafka is not None:
            self.kafka.start()
        make_topic(self.bootstrap_servers)
        _log.info("Kafka is up, its topic exists")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self.settings.ready_timeout_s
        problem = ""
        while time.monotonic() < deadline:
            try:
                answer = httpx.get(f"{self.settings.api_url}/health/ready", timeout=2, trust_env=False)
            except httpx.HTTPError as error:
                problem = str(error)
            else:
                if answer.status_code == httpx.codes.OK:
                    return
                problem = f"HTTP {answer.status_code} {answer.text[:300]}"
            if self.services.supervisor() is None:
                raise LocalStackError("supervisord ended while the services were starting: see `healz-local logs`.")
            # The pace of asking whether it is ready.
            time.sleep(0.1)
        log = self.services.logs / "command-api.log"
        raise StartFailed(
            f"The API was not ready after {self.settings.ready_timeout_s:g} s ({problem}); "
            f"the end of {log}:\n{last_lines(log)}"
        )
