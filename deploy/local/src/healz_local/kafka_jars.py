"""Kafka's jars: pinned by coordinate and SHA-256, fetched once, shared by all stacks."""

import fcntl
import hashlib
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from healz_local.errors import LocalStackError

LIST = Path(__file__).with_name("kafka-4.3.1-jars.txt")
THREADS = 8
ATTEMPTS_MAX = 3
TIMEOUT_S = 60
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Jar:
    """One Maven artefact and the SHA-256 (hex) that it must have."""

    group: str
    artifact: str
    version: str
    sha256: str

    def path(self, cache: Path) -> Path:
        name = f"{self.artifact}-{self.version}.jar"
        return cache.joinpath(*self.group.split("."), self.artifact, self.version, name)

    def intact(self, cache: Path) -> bool:
        try:
            return hashlib.sha256(self.path(cache).read_bytes()).hexdigest() == self.sha256
        except FileNotFoundError:
            return False


def pinned_jars() -> list[Jar]:
    """The jars of this Kafka, in the order of its class path."""
    jars = []
    for line in LIST.read_text().splitlines():
        coordinate, sha256 = line.split()
        group, artifact, version = coordinate.split(":")
        jars.append(Jar(group, artifact, version, sha256))
    return jars


def fetch_jars(cache: Path, repository: str | None = None) -> list[Path]:
    """The paths of all jars, every one checked; what is missing or damaged is fetched first (54 MB in all).

    repository: the URL of a Maven repository to use in place of jgo's default.
    Raises LocalStackError when a jar can't be had or isn't the one that is pinned.
    """
    jars = pinned_jars()
    cache.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(cache), ThreadPoolExecutor(THREADS) as threads:
        intact = threads.map(lambda jar: jar.intact(cache), jars)
        missing = [jar for jar, good in zip(jars, intact, strict=True) if not good]
        if missing:
            _log.info("Fetching Kafka: %d of %d jars, once", len(missing), len(jars))
        fetched = threads.map(lambda jar: _fetch(jar, cache, repository), missing)
        for count, _ in enumerate(fetched, start=1):
            if count % 20 == 0 or count == len(missing):
                _log.info("  %d of %d jars", count, len(missing))
    return [jar.path(cache) for jar in jars]


def _fetch(jar: Jar, cache: Path, repository: str | None) -> None:
    # jgo is slow to import and needed once in a cache's life.
    from jgo.maven import MavenContext

    remote = None if repository is None else {"configured": repository}
    maven = MavenContext(repo_cache=cache, local_repos=[], remote_repos=remote, timeout=TIMEOUT_S)
    problem: Exception | str = ""
    for _ in range(ATTEMPTS_MAX):
        # A fetch that was interrupted leaves half a file, which jgo would take for the whole.
        jar.path(cache).unlink(missing_ok=True)
        try:
            maven.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
        except (OSError, RuntimeError, ValueError, AssertionError) as error:
            problem = error
            continue
        if jar.intact(cache):
            return
        problem = "its SHA-256 is not the pinned one"
        jar.path(cache).unlink(missing_ok=True)
    raise LocalStackError(
        f"Kafka's jar {jar.group}:{jar.artifact}:{jar.version} could not be fetched ({problem}). It is needed once; "
        f"HEALZ_MAVEN_REPOSITORY names another Maven repository, HEALZ_JARS_CACHE a cache that is filled already."
    )


@contextmanager
def _one_at_a_time(cache: Path) -> Iterator[None]:
    """Two stacks that start at once must not write the same files."""
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
