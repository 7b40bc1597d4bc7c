"""Every knob of command-api and its sweeps; each is an environment variable of the same name in capitals."""

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Field,
    ImportString,
    SecretStr,
    StringConstraints,
    model_validator,
)
from pydantic_settings import NoDecode

from command_api.token_settings import TokenSettings
from healz.production import is_plain
from healz.settings import KafkaSettings, LogSettings, MetricsSettings, PostgresSettings, TracesSettings

Origin = Annotated[str, StringConstraints(pattern=r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$")]
"""As a browser sends one: scheme, host and a port that isn't the scheme's own; no path, no ``*``."""


Door = Annotated[tuple[str, int], BeforeValidator(lambda value: tuple(value.rpartition(":")[::2]))]
"""``host:port``"""


def _listed(value: Any) -> Any:
    """The parts of a text with commas."""
    return [part for piece in value.split(",") if (part := piece.strip())] if isinstance(value, str) else value


class CommandSettings(PostgresSettings, LogSettings):
    """What commands are decided and recorded by, whoever gives them: the HTTP server or a sweep."""

    healz_identity_key: SecretStr = Field(min_length=16)
    """Keys the hashes of phones, e-mails and CPFs. A changed key forgets which are taken."""
    healz_event_bytes_max: int = Field(default=64 * 1024, ge=1)
    healz_merged_events_max: int = Field(default=500, ge=1)
    """How long a history may be that is told again in one commit, when two records of a person become one."""
    healz_idempotency_key_hours: float = Field(default=24.0, gt=0)
    healz_conflict_attempts_max: int = Field(default=12, ge=1)
    healz_clock_ahead_minutes_max: float = Field(default=5.0, ge=0)
    healz_clocks_apart_minutes_max: float = Field(default=10.0, gt=0)
    """Between the time that an event would be recorded at, which is the database's, and this machine's clock. Beyond it
    nothing is recorded (503): docs/runbooks/clocks-apart.md."""
    healz_booking_behind_minutes_max: float = Field(default=30.0, ge=0, le=1440)
    """How far behind the clock the staff may still book: who walks in is written down when there is a hand free. The
    minute that has begun can always be booked, by the staff."""
    healz_message_age_days_max: float = Field(default=30.0, gt=0)
    """What a provider delivers late is recorded as of when it was written, if that is no longer ago than this."""
    healz_outcome_age_days_max: float = Field(default=30.0, ge=0)
    """The staff may say that an appointment ended so long ago: a day that is closed late counts as it was."""
    healz_relay_doors: Annotated[tuple[Door, ...], NoDecode, BeforeValidator(_listed)] = ()
    """Where relays hear that there is something to publish, each their host and HEALZ_RELAY_PORT:
    ``relay-0:8400,relay-1:8400``. Nothing waits for it, and what gets lost is found all the same, a little later."""
    healz_reminders_per_appointment_max: int = Field(default=20, ge=1)
    healz_corrections_per_appointment_max: int = Field(default=20, ge=1)
    """How often one may be corrected."""
    healz_cases_kept_bytes_max: int = Field(default=32 * 1024 * 1024, ge=0)
    """About as much memory as a process gives to patients' cases, those that were used last: a command then reads and
    folds only what is new. 0 keeps none."""
    healz_cases_shared_seconds: float = Field(default=5.0, ge=0)
    """So long after another process was found to have written of a patient, their kept case is not decided on without
    a look at what is new: it would often be refused. 0 always decides on it."""
    healz_group_commits_max: int = Field(default=32, ge=1)
    """While one commit of a tenant is under way, the tenant's next wait and go together, so many at most."""
    healz_rules_kept_seconds: float = Field(default=10.0, ge=0)
    """How long a process goes by an organisation's journey rules as it has read them. It sees at once what was changed
    through itself (`PUT /v1/tenant`), and another process's change so much later. 0 reads them for each command."""
    healz_fold_page_events_max: int = Field(default=200, ge=1)
    healz_fold_page_bytes_max: int = Field(default=256 * 1024, ge=1)
    """A patient's events are read in pages, none larger than these two say, and one event."""
    healz_fold_slice_ms: float = Field(default=2.0, gt=0)
    """So long events are folded at a stretch; then the process is others' for as long."""
    healz_fold_seconds_max: float = Field(default=5.0, gt=0)
    """For what is more than a page, per request; then 503, and the next request goes on from there."""
    healz_long_folds_at_once_max: int = Field(default=2, ge=1)
    """Of more than a page, in a process; of one tenant one."""
    healz_long_folds_waiting_per_tenant_max: int = Field(default=16, ge=1)
    """So many of a tenant wait for their turn, that one included; further ones hear 503."""
    healz_turn_wait_seconds_max: float = Field(default=5.0, gt=0)
    """For the turn of a long fold, or of a command after others for the same patient; then 503."""

    def production_faults(self) -> Iterator[str]:
        yield from super().production_faults()
        if is_plain(self.healz_identity_key.get_secret_value()):
            yield "HEALZ_IDENTITY_KEY can be guessed; draw one at random, once and for all"


class ApiSettings(CommandSettings, KafkaSettings, TokenSettings, MetricsSettings, TracesSettings):
    """The HTTP server's."""

    reader_database_url: str
    healz_api_host: str = "127.0.0.1"
    healz_api_port: int = 8400
    healz_api_processes: int = Field(default=1, ge=1)
    """So many serve the port. What is said of one process (connections, requests at once, memory, pools) is of each:
    PostgreSQL needs as many times the connections."""
    healz_api_keep_alive_seconds: int = Field(default=75, ge=1)
    """How long an idle connection stays open. Longer than proxies and clients keep one (60 s and less), so that it is
    never the server that ends a connection just as a command comes over it."""
    healz_cors_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_listed)] = ()
    """Pages of these origins may call the API from a browser: ``https://desk.example,https://app.example:8443``."""
    healz_hsts_seconds: int = Field(default=0, ge=0)
    """Strict-Transport-Security, where a proxy serves the API over TLS: browsers then take nothing else for so long."""
    healz_requests_per_minute_max: int = Field(default=1000, ge=1)
    """Of one tenant, at all processes of the API together."""
    healz_rate_shared_every_ms: int = Field(default=250, ge=0)
    """So often a process tells the others, through the database, how much each tenant has asked: what a tenant asks of
    other processes in that time may come on top of the limit. 0: each process counts for itself alone."""
    healz_refusal_pause_seconds: float = Field(default=0.5, ge=0)
    """So much later comes the refusal of a request beyond that: who asks again at once is slowed down."""
    healz_requests_at_once_max: int = Field(default=8, ge=1)
    """So many are worked on at a time in one process, those that wait for their client or a position not counted; the
    others stand in line, and each tenant in a line of its own. At most as many as the pool has connections."""
    healz_requests_at_once_per_tenant_max: int = Field(default=4, ge=1)
    """Of these; fewer, so that one that asks for much leaves room."""
    healz_requests_waiting_per_tenant_max: int = Field(default=200, ge=1)
    """In the line of one tenant; further ones hear 503 at once."""
    healz_connections_max: int = Field(default=800, ge=1)
    """HTTP connections at one process; fewer than it may open files. For one more, the one over which nothing was
    asked for the longest is closed; where all are being answered, the new one is sent away with 503."""
    healz_url_bytes_max: int = Field(default=8 * 1024, ge=1)
    healz_header_bytes_max: int = Field(default=32 * 1024, ge=1)
    """Of all of a request's headers; with the first line, and of the trailers too."""
    healz_headers_max: int = Field(default=100, ge=1)
    healz_header_seconds_max: float = Field(default=10.0, gt=0)
    """From the connection, or from a request's first byte, until its headers are there."""
    healz_body_bytes_max: int = Field(default=64 * 1024, ge=1)
    healz_message_body_bytes_max: int = Field(default=1024 * 1024, ge=1)
    """Of a body with a message's text, which may be the longest that WhatsApp has, with every character escaped."""
    healz_body_seconds_max: float = Field(default=20.0, gt=0)
    """Until a command's body is there. So long a client that was answered earlier may go on sending, and one that reads
    nothing of its answer is waited for."""
    healz_import_bytes_max: int = Field(default=64 * 1024 * 1024, ge=1)
    """Of a file; it is read as it comes, so that this costs no memory."""
    healz_import_header_bytes_max: int = Field(default=16 * 1024, ge=1)
    """Of a file's first line; and of the empty ones before it."""
    healz_import_row_bytes_max: int = Field(default=64 * 1024, ge=1)
    healz_import_rows_max: int = Field(default=200_000, ge=1)
    healz_import_blank_lines_max: int = Field(default=100_000, ge=0)
    """Of one file; a spreadsheet may leave as many below the last row."""
    healz_import_unreadable_rows_max: int = Field(default=1000, ge=0)
    """Rows of one file that are no rows of its header: another number of cells, quotes that don't match, not UTF-8."""
    healz_import_seconds_max: float = Field(default=3600.0, gt=0)
    """One import, all in all; the same file sent again goes on where it ended."""
    healz_import_turn_ms: float = Field(default=2.0, gt=0)
    """So long an import may compute before it gives the event loop to others, for as long."""
    healz_import_batch_rows_max: int = Field(default=200, ge=1)
    """So many rows are in memory at a time, and are matched with patients in one go."""
    healz_import_rows_in_flight_max: int = Field(default=8, ge=1)
    """Commands of one import at a time."""
    healz_imports_at_once_max: int = Field(default=2, ge=1)
    """At one process of the API; with the rows in flight of each, fewer than the pool has connections, so that others
    get through."""
    healz_imports_per_tenant_max: int = Field(default=1, ge=1)
    """Of these; fewer, so that one tenant can't take them all."""
    healz_import_idle_seconds_max: float = Field(default=30.0, gt=0)
    """A client that sends nothing more of its file for so long makes room for another."""
    healz_import_bytes_per_second_min: float = Field(default=1024.0, ge=0)
    """And so does one that sends less on average over this same time, as far as it was waited for."""
    healz_import_refusals_shown_max: int = Field(default=50, ge=0)
    """In the answer; and so many remarks. All refusals come as a CSV to who asks for it (Accept: text/csv)."""
    healz_import_refused_bytes_max: int = Field(default=16 * 1024 * 1024, ge=1)
    """Of that CSV, which is kept in memory until the file was read."""
    healz_import_dry_run_rows_max: int = Field(default=20_000, ge=1)
    """Of a file that is only tried: what its rows would lead to is kept in memory until the end."""
    healz_ready_cache_seconds: float = Field(default=1.0, ge=0)
    """How long a look at the database and Kafka is good for: so that asking for readiness costs them nothing."""
    healz_no_room_seconds: float = Field(default=5.0, ge=0)
    """How long readiness says that the database has no room after a command met a full disk or the like; then commands
    come again and tell whether it is over."""
    healz_min_position_wait_seconds: float = Field(default=5.0, gt=0)
    healz_min_position_waiting_per_tenant_max: int = Field(default=100, ge=1)
    """So many requests of a tenant wait for positions at one process; further ones hear 503 at once."""
    healz_min_position_ahead_max: int = Field(default=10_000, ge=0)
    """A position that lies further ahead of the tenant's log can't come within the wait: 503 at once. More than a
    read-only replica may lag behind."""
    healz_min_position_looks_at_once_max: int = Field(default=4, ge=1)
    """Statements that look for those who wait; of one tenant one."""
    healz_page_rows_max: int = Field(default=200, ge=1)
    healz_page_bytes_max: int = Field(default=1024 * 1024, ge=1)
    """A page of events ends with the one that gets there."""
    healz_rows_then_kept_bytes_max: int = Field(default=16 * 1024 * 1024, ge=0)
    """About as much memory as is given to patients' rows on the way to "as of", where the history is long."""
    relay_database_url: str | None = None
    projector_patient_database_url: str | None = None
    projector_appointment_database_url: str | None = None
    projector_journey_database_url: str | None = None
    """The logins of the relay and of the projectors, for the console's pipeline, which goes across organisations. Only
    where operators reach it: an API that faces clinics needs none of them, and then has no such pages."""
    healz_console_group: str = "projector-{projection}"
    """How the projectors' consumer groups are called, for those pages."""
    healz_calendar_days_max: int = Field(default=62, ge=1)
    healz_unconfirmed_hours_max: float = Field(default=168.0, gt=0)
    """How far ahead who is not confirmed may be asked for."""


class SweepSettings(CommandSettings):
    """The sweeps'. ``database_url`` is where commands go; ``sweeper_database_url``, of the role healz_sweeper, where
    candidates are found, and must lead straight to PostgreSQL: a session keeps the cursor and the turns."""

    sweeper_database_url: str
    healz_sweep_commands_at_once: int = Field(default=8, ge=1)
    """At most as many as the pool has connections. A tenant's commits wait for each other anyway: more would only take
    turns from those of people."""
    healz_sweep_statement_timeout_seconds: float = Field(default=300.0, gt=0)
    """For the one query per tenant that finds the candidates."""
    healz_follow_up_late_days_max: int = Field(default=7, ge=1, le=3650)
    """A reminder that could not go out for so long is not sent any more; so a visit is looked at a few times only."""
    healz_messenger: ImportString[Any] = Field(default="command_api.messenger.LogMessenger", validate_default=True)
    """The class of the Messenger through which reminders go out, by its dotted name; made without arguments."""

    @model_validator(mode="after")
    def _a_connection_each(self) -> Self:
        if self.healz_sweep_commands_at_once > self.healz_pool_connections_max:
            raise ValueError(
                "HEALZ_SWEEP_COMMANDS_AT_ONCE is more than HEALZ_POOL_CONNECTIONS_MAX: some would time out"
            )
        return self
