"""Two questions over what a sink has written (Parquet or Iceberg), each in DuckDB's SQL and in Polars: no-show rate by
lead time and weekday, and how many patients of each cohort come back. What `healz-export` has written will do, too.

A visit counts as it stands now: moved, corrected, told again after two records of one person were merged. Days and
weeks are the clinic's own (--zone).
"""

import argparse
import sys
from pathlib import Path
from typing import Any, Literal

import duckdb
import polars as pl

from cluster import NotRead, ended
from iceberg_sink import events_table

ZONE = "America/Sao_Paulo"
LEADS = {0: "same day", 1: "1–3 days", 4: "4–7 days", 8: "8–14 days", 15: "15–30 days", 31: "over 30 days"}
"""The first day of each."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
COLUMNS = ("aggregate_type", "aggregate_id", "aggregate_version", "patient_id", "event_type", "event_data")
Period = Literal["week", "month"]

# A record that was merged into another has its past told again there: left out here, it is counted once.
APPOINTMENT = """
CREATE OR REPLACE VIEW appointment AS
SELECT aggregate_id AS appointment_id,
       any_value(patient_id) AS patient_id,
       timezone('{zone}', any_value((event_data->>'$.scheduled_at')::TIMESTAMPTZ)) AS booked_at,
       timezone('{zone}', arg_max((CASE event_type WHEN 'AppointmentScheduled' THEN event_data->>'$.scheduled_for'
                                                   WHEN 'AppointmentRescheduled' THEN event_data->>'$.new_scheduled_for'
                                   END)::TIMESTAMPTZ, aggregate_version)) AS begins_at,
       arg_max(CASE event_type WHEN 'AppointmentScheduled' THEN 'scheduled'
                               WHEN 'AppointmentRescheduled' THEN 'scheduled'
                               WHEN 'AppointmentCancelled' THEN 'cancelled'
                               WHEN 'AppointmentMarkedAsNoShow' THEN 'no_show'
                               WHEN 'AppointmentCompleted' THEN 'completed'
                               WHEN 'AppointmentOutcomeCorrected' THEN event_data->>'$.right_status'
               END, aggregate_version) AS status
  FROM events
 WHERE aggregate_type = 'Appointment'
   AND patient_id NOT IN (SELECT patient_id FROM events WHERE event_type = 'PatientMerged')
 GROUP BY aggregate_id
"""
NO_SHOWS = """
SELECT list_max(list_filter({leads}, lambda day: day <= greatest(0, date_diff('day', booked_at, begins_at)))) AS lead,
       isodow(begins_at) AS weekday,
       count(*) AS visits,
       count(*) FILTER (status = 'no_show') AS missed
  FROM appointment
 WHERE status IN ('no_show', 'completed')
 GROUP BY ALL
 ORDER BY ALL
"""
RETENTION = """
WITH visit AS (
    SELECT DISTINCT patient_id, date_trunc('{period}', begins_at)::DATE AS period
      FROM appointment WHERE status = 'completed'),
first AS (
    SELECT patient_id, min(period) AS cohort FROM visit GROUP BY patient_id)
SELECT cohort, date_diff('{period}', cohort, period) AS later, count(*) AS patients
  FROM visit JOIN first USING (patient_id)
 GROUP BY ALL
 ORDER BY ALL
"""


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path, help="of parquet_sink.py, iceberg_sink.py or healz-export")
    arguments.add_argument("--zone", default=ZONE)
    arguments.add_argument("--by", choices=("week", "month"), default="week", help="the cohorts")
    asked = arguments.parse_args()
    connection = in_duckdb(asked.folder, asked.zone)
    print("no-show rate by lead time and weekday")
    for lead, weekday, visits, missed in no_shows(connection):
        print(f"  {LEADS[lead]:<12} {WEEKDAYS[weekday - 1]:<10} {visits:>7,} visits {missed / visits:>6.1%}")
    print(f"patients who were seen again, by the {asked.by} of their first visit")
    sizes: dict[Any, int] = {}
    for cohort, later, patients in retention(connection, asked.by):
        size = sizes.setdefault(cohort, patients)
        print(f"  {cohort}  {asked.by} {later:>2}: {patients:>6,} of {size:,} {patients / size:>6.1%}")
    return 0


def in_duckdb(folder: Path, zone: str) -> duckdb.DuckDBPyConnection:
    """DuckDB with the view `appointment`. Raises NotRead where no sink has written anything."""
    if not is_iceberg(folder) and not any(folder.glob("*.parquet")):
        raise NotRead(f"{folder} has nothing in it: let a sink (parquet_sink.py, iceberg_sink.py) write there first")
    connection = duckdb.connect()
    if is_iceberg(folder):
        connection.register("events", of_iceberg(folder))
    else:
        connection.read_parquet(f"{folder}/*.parquet").create_view("events")
    connection.execute(APPOINTMENT.format(zone=zone))
    return connection


def no_shows(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """(first day of the lead time, weekday from 1, visits, missed)."""
    return connection.execute(NO_SHOWS.format(leads=list(LEADS))).fetchall()


def retention(connection: duckdb.DuckDBPyConnection, by: Period) -> list[tuple[Any, ...]]:
    """(first day of the cohort's period, how many periods later, patients who were seen then)."""
    return connection.execute(RETENTION.format(period=by)).fetchall()


def in_polars(folder: Path, zone: str) -> pl.LazyFrame:
    """The same appointments as a lazy frame."""
    if is_iceberg(folder):
        events = pl.DataFrame(of_iceberg(folder)).lazy()
    else:
        events = pl.scan_parquet(f"{folder}/*.parquet").select(COLUMNS)
    merged = events.filter(pl.col("event_type") == "PatientMerged").select("patient_id")
    kind = pl.col("event_type")
    stands = {
        "AppointmentScheduled": "scheduled",
        "AppointmentRescheduled": "scheduled",
        "AppointmentCancelled": "cancelled",
        "AppointmentMarkedAsNoShow": "no_show",
        "AppointmentCompleted": "completed",
    }
    begins = (
        pl.when(kind == "AppointmentScheduled").then(said("scheduled_for"))
        .when(kind == "AppointmentRescheduled").then(said("new_scheduled_for"))
    )  # fmt: skip
    local = pl.col("booked_at", "begins_at").str.to_datetime(time_zone="UTC").dt.convert_time_zone(zone)
    return (
        events.filter(pl.col("aggregate_type") == "Appointment")
        .join(merged, on="patient_id", how="anti")
        .sort("aggregate_version")
        .group_by("aggregate_id", maintain_order=True)
        .agg(
            pl.col("patient_id").first(),
            booked_at=said("scheduled_at").drop_nulls().first(),
            begins_at=begins.drop_nulls().last(),
            status=pl.coalesce(kind.replace_strict(stands, default=None), said("right_status")).drop_nulls().last(),
        )
        .with_columns(local)
    )


def no_shows_in_polars(appointments: pl.LazyFrame) -> list[tuple[Any, ...]]:
    """As ``no_shows``."""
    days = (pl.col("begins_at").dt.date() - pl.col("booked_at").dt.date()).dt.total_days().clip(0)
    lead = pl.max_horizontal(pl.when(days >= first).then(first) for first in LEADS)
    return (
        appointments.filter(pl.col("status").is_in(["no_show", "completed"]))
        .group_by(lead=lead, weekday=pl.col("begins_at").dt.weekday())
        .agg(visits=pl.len(), missed=(pl.col("status") == "no_show").sum())
        .sort("lead", "weekday")
        .collect()
        .rows()
    )


def retention_in_polars(appointments: pl.LazyFrame, by: Period) -> list[tuple[Any, ...]]:
    """As ``retention``."""
    day = pl.col("begins_at").dt.date().dt.truncate("1w" if by == "week" else "1mo")
    visits = appointments.filter(pl.col("status") == "completed").select("patient_id", period=day).unique()
    first = visits.group_by("patient_id").agg(cohort=pl.col("period").min())
    months = (pl.col("period").dt.year() - pl.col("cohort").dt.year()) * 12 + (
        pl.col("period").dt.month().cast(pl.Int32) - pl.col("cohort").dt.month().cast(pl.Int32)
    )
    weeks = (pl.col("period") - pl.col("cohort")).dt.total_days() // 7
    return (
        visits.join(first, on="patient_id")
        .group_by("cohort", later=weeks if by == "week" else months)
        .agg(patients=pl.len())
        .sort("cohort", "later")
        .collect()
        .rows()
    )


def said(field: str) -> pl.Expr:
    """A field of the payload."""
    return pl.col("event_data").str.json_path_match(f"$.{field}")


def is_iceberg(folder: Path) -> bool:
    return (folder / "catalogue.db").exists()


def of_iceberg(folder: Path) -> Any:
    """The newest snapshot's rows, as a pyarrow table."""
    return events_table(folder).scan(selected_fields=COLUMNS).to_arrow()


if __name__ == "__main__":
    sys.exit(ended(main))
