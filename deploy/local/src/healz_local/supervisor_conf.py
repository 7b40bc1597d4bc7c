"""The configuration of supervisord: restarts what dies, ends whole process groups, rotates the logs."""

import getpass
from collections.abc import Sequence
from pathlib import Path

from healz_local.programs import Program

HEAD = """\
; Written by healz_local: changes here are lost.
[unix_http_server]
file={socket}
chmod=0700

[supervisord]
logfile={logs}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=1
pidfile={pidfile}
directory={home}
childlogdir={logs}
user={user}
minfds=1024
umask=077

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""

# startretries: a service that can't reach its database yet is not to be given up, however long that takes.
# stopwaitsecs: a service finishes what is in flight first.
PROGRAM = """
[program:{name}]
command={command}
environment={environment}
autorestart=true
startretries=1000000
startsecs=1
stopsignal=TERM
stopwaitsecs=15
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=2
"""


def configuration(home: Path, logs: Path, pidfile: Path, socket: Path, programs: Sequence[Program]) -> str:
    """The text of supervisord.conf. It holds the development secret: keep it to its owner."""
    paths = {name: _escaped(str(path)) for name, path in _paths(home, logs, pidfile, socket).items()}
    text = HEAD.format(**paths, user=_escaped(getpass.getuser()))
    for program in programs:
        environment = ",".join(f'{name}="{_escaped(value)}"' for name, value in sorted(program.environment.items()))
        command = _escaped(f'"{program.command}"')
        text += PROGRAM.format(name=program.name, command=command, environment=environment, logs=paths["logs"])
    return text


def head_of(text: str) -> str:
    """The part that is supervisord's own, which it reads at its start alone."""
    return text.partition("\n[program:")[0]


def _paths(home: Path, logs: Path, pidfile: Path, socket: Path) -> dict[str, Path]:
    return {"home": home, "logs": logs, "pidfile": pidfile, "socket": socket}


def _escaped(value: str) -> str:
    """supervisord expands %(name)s everywhere."""
    if '"' in value.strip('"'):
        raise ValueError(f"supervisord's configuration can't hold a double quote: {value!r}")
    return value.replace("%", "%%")
