"""The settings of the local PostgreSQL: a small server, but one whose figures mean something."""

# fsync and synchronous_commit stay on: a figure without them means nothing.
# jit is off: it costs more than these short statements run.
# There is no Unix socket: TCP is what everyone uses, a socket's path has a limit, its lock file outlives a crash.
# The outbox is a queue, so dead rows must go soon: autovacuum looks every 15 s.
# Nobody here notifies, but no right keeps a login from NOTIFY: its queue, 8 GB by default, is as small as it may be.
# A deadlock is always logged; log_lock_waits also shows who waited, log_error_verbosity where it was.
TEMPLATE = """\
# Written by healz_local at every start: changes here are lost.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 200
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = 'top'
timezone = 'UTC'

fsync = on
full_page_writes = on
synchronous_commit = on
shared_buffers = '256MB'
effective_cache_size = '2GB'
work_mem = '16MB'
maintenance_work_mem = '128MB'
max_wal_size = '2GB'
min_wal_size = '256MB'
checkpoint_timeout = '10min'
checkpoint_completion_target = 0.9
random_page_cost = 1.1
autovacuum_naptime = '15s'
jit = off
max_notify_queue_pages = 64
track_io_timing = on

logging_collector = off
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
log_error_verbosity = verbose
log_lock_waits = on
deadlock_timeout = '1s'
log_min_duration_statement = '1s'
log_checkpoints = on
log_autovacuum_min_duration = '10s'
"""


def configuration(port: int) -> str:
    """The text of healz.conf."""
    return TEMPLATE.format(port=port)
