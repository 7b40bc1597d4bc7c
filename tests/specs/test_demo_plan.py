"""The demonstration's plan: which doctor sees whom and when, and what is done for each patient in which order."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from itertools import groupby, pairwise
from pathlib import Path
from typing import get_args

import pytest
from rich.console import Console
from validate_docbr import CPF

from healz.events.stages import Stage
from healz_local.demo.agreement import compare, differences
from healz_local.demo.allocate import DURATION, PlannedVisit, allocate
from healz_local.demo.bar import bar
from healz_local.demo.catch_up import Progress
from healz_local.demo.counts import StoredFigures
from healz_local.demo.explore import show_addresses
from healz_local.demo.generate import generate_rows
from healz_local.demo.journeys import AtRisk, Standing
from healz_local.demo.people import People
from healz_local.demo.plan import ORDER, plan
from healz_local.demo.rows import ZONE, SourceRow, read_rows
from healz_local.demo.show_journeys import STAGES, show_at_risk, show_standing
from healz_local.demo.topic import Published
from healz_local.errors import LocalStackError
from healz_local.settings import LocalSettings

REAL_DATA = Path(__file__).parents[2].parent / "shared" / "data" / "appointments_vitoria_2016.csv"
HEADER = (
    "PatientId,AppointmentID,Gender,ScheduledDay,AppointmentDay,Age,Neighbourhood,Scholarship,Hipertension,Diabetes,"
    "Alcoholism,Handcap,SMS_received,No_show"
)
GOOD = "29872499824296.0,5642903,F,2016-04-29 18:38:08,2016-04-29,62.0,JARDIM DA PENHA,0,1,0,0,0,0,No"


def row(
    appointment: int,
    booked: str = "2016-04-20 10:00:00",
    day: str = "2016-04-29",
    *,
    patient: int = 1,
    clinic: str = "CENTRO",
    reminded: bool = False,
    no_show: bool = False,
    age: int = 40,
) -> SourceRow:
    return SourceRow.model_validate(
        {
            "PatientId": str(patient),
            "AppointmentID": str(appointment),
            "Gender": "F",
            "ScheduledDay": booked,
            "AppointmentDay": day,
            "Age": str(age),
            "Neighbourhood": clinic,
            "Hipertension": "0",
            "Diabetes": "0",
            "SMS_received": "1" if reminded else "0",
            "No_show": "Yes" if no_show else "No",
        }
    )


def starts(rows: Sequence[SourceRow]) -> list[str]:
    return [f"{visit.starts_at.astimezone(ZONE):%H:%M}" for visit in allocate(rows)]


def assert_nobody_is_in_two_places(visits: Sequence[PlannedVisit]) -> None:
    times: dict[object, list[datetime]] = defaultdict(list)
    for visit in visits:
        assert visit.starts_at.timestamp() % (15 * 60) == 0
        assert visit.starts_at.astimezone(ZONE).date() == visit.row.day
        times[visit.doctor_id].append(visit.starts_at)
        times["patient", visit.row.patient].append(visit.starts_at)
    for of_one in times.values():
        of_one.sort()
        assert all(later - earlier >= DURATION for earlier, later in pairwise(of_one))


def test_a_clinic_opens_at_seven_and_fills_one_doctor_first() -> None:
    assert starts([row(n, patient=n) for n in range(3)]) == ["07:00", "07:30", "08:00"]


def test_who_books_on_the_day_itself_is_seen_at_the_next_quarter_hour() -> None:
    assert starts([row(1, booked="2016-04-29 09:01:00")]) == ["09:15"]
    assert starts([row(1, booked="2016-04-29 09:15:00")]) == ["09:15"]
    assert starts([row(1, booked="2016-04-29 05:30:00")]) == ["07:00"]


def test_a_booking_after_closing_time_and_one_written_down_after_the_day_find_a_time_too() -> None:
    assert starts([row(1, booked="2016-04-29 20:20:00")]) == ["20:30"]
    [late] = allocate([row(1, booked="2016-04-29 23:59:00")])
    [after] = allocate([row(1, booked="2016-05-03 10:00:00")])
    for visit in (late, after):
        assert_nobody_is_in_two_places([visit])
        assert [step.at for step in plan([visit])["1"]] == [visit.row.booked_at] * 2 + [
            max(visit.row.booked_at, visit.ends_at)
        ]


def test_a_full_clinic_gets_one_more_doctor() -> None:
    visits = allocate([row(n, patient=n) for n in range(60)])
    assert_nobody_is_in_two_places(visits)
    assert list(Counter(visit.doctor_id for visit in visits).values()) == [23, 23, 14]


def test_a_patient_with_five_appointments_on_a_day_is_at_one_place_at_a_time() -> None:
    visits = allocate([row(n, clinic=f"CLINIC {n}") for n in range(5)])
    assert_nobody_is_in_two_places(visits)
    assert len({visit.doctor_id for visit in visits}) == 5


def test_the_same_rows_always_get_the_same_times() -> None:
    rows = generate_rows().rows[:500]
    assert allocate(rows) == allocate(rows)
    assert allocate(rows)[:100] == allocate(rows[:100])


def test_each_patients_steps_are_in_time_order_and_every_row_has_its_outcome() -> None:
    rows = [
        row(1, reminded=True),
        row(2, booked="2016-04-21 08:00:00", day="2016-04-22", no_show=True),
        row(3, booked="2016-04-29 07:10:00", reminded=True, patient=2, no_show=True),
    ]
    steps = plan(allocate(rows))
    assert [(step.kind, step.visit.row.appointment) for step in steps["1"]] == [
        ("register", "1"),
        ("book", "1"),
        ("book", "2"),
        ("no_show", "2"),
        ("remind", "1"),
        ("complete", "1"),
    ]
    assert [step.kind for step in steps["2"]] == ["register", "book", "remind", "no_show"]
    assert steps["1"][4].at == datetime(2016, 4, 28, 10, tzinfo=UTC)
    assert steps["2"][2].at == rows[2].booked_at


def test_completions_come_before_no_shows_at_the_same_time() -> None:
    assert ORDER.index("complete") < ORDER.index("no_show")


def test_who_is_registered_already_is_not_registered_once_more() -> None:
    assert [step.kind for step in plan(allocate([row(1)]), registered={"1"})["1"]] == ["book", "complete"]


def test_people_have_distinct_phones_valid_cpfs_and_the_age_of_the_data() -> None:
    rows = [row(n, patient=n, age=n % 99, booked="2016-02-29 12:00:00") for n in range(1500)]
    people = People("a source", rows)
    persons = {appointment.patient: people.person(appointment.patient) for appointment in rows}
    assert len({person.phone for person in persons.values()}) == len(rows)
    cpfs = [person.cpf for person in persons.values() if person.cpf]
    assert len(set(cpfs)) == len(cpfs) > 1000
    assert CPF().validate_list(cpfs) == [True] * len(cpfs)
    for appointment in rows:
        person = persons[appointment.patient]
        booked, born = appointment.booked_at.date(), person.birth_date
        assert booked.year - born.year - ((booked.month, booked.day) < (born.month, born.day)) == appointment.age
        assert (person.guardian_phone is not None) == (appointment.age < 18)
    assert People("a source", rows).person("7") == persons["7"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "lacks the columns PatientId"),
        (HEADER.replace(",Age", ""), "lacks the column Age"),
        (HEADER, "has no rows"),
        (f"{HEADER}\n{GOOD.replace('29872499824296.0', '')}", "line 2, column PatientId"),
        (f"{HEADER}\n{GOOD.replace('62.0', 'old')}", "line 2, column Age: 'old'"),
        (f"{HEADER}\n{GOOD.replace('2016-04-29,', '2016-04-31,')}", "line 2, column AppointmentDay: '2016-04-31'"),
        (f"{HEADER}\n{GOOD.replace('2016-04-29,', '2999-04-29,')}", "line 2, column AppointmentDay: '2999-04-29'"),
        (f"{HEADER}\n{GOOD},1", "line 2: 15 cells, but the header has 14"),
    ],
)
def test_a_broken_file_is_refused_with_line_and_column(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "broken.csv"
    file.write_text(content)
    with pytest.raises(LocalStackError, match=said.replace("(", r"\(")):
        read_rows(file)


def test_dirty_rows_are_left_out_and_said_and_ids_of_other_systems_are_text(tmp_path: Path) -> None:
    file = tmp_path / "dirty.csv"
    odd = GOOD.replace("29872499824296.0", "93779.52927").replace("5642903", "A-7")
    old = GOOD.replace("62.0", "-1").replace("5642903", "5642904")
    file.write_text("\n".join([HEADER, GOOD, GOOD, odd, old, "x"]))
    source = read_rows(file)

    assert [(row.patient, row.appointment) for row in source.rows] == [
        ("93779.52927", "A-7"),
        ("29872499824296", "5642903"),
    ]
    assert [why.partition(", ")[2].partition(":")[0] for why in source.left_out] == [
        "line 3, column AppointmentID",
        "line 5, column Age",
        "line 6",
    ]
    assert [step.kind for step in plan(allocate(source.rows))["93779.52927"]] == ["register", "book", "complete"]


def test_without_a_terminal_the_feed_says_a_line_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr("healz_local.demo.bar.time.perf_counter", lambda: float(next(clock)))
    said = StringIO()
    steps = plan(allocate([row(n, patient=n) for n in range(20)]))
    with bar(Console(file=said, width=100), 20) as shown:
        for step in (step for of_patient in steps.values() for step in of_patient):
            shown.done(step, 1)

    lines = said.getvalue().splitlines()
    assert 5 < len(lines) < 60
    assert all(re.fullmatch(r"fed \d+ of 20 rows, \d+ events/s", line) for line in lines)


def test_the_generated_clinic_has_the_shape_of_the_real_data() -> None:
    rows = generate_rows().rows
    patients = Counter(appointment.patient for appointment in rows)
    assert_nobody_is_in_two_places(allocate(rows))
    assert 0.17 < sum(appointment.no_show for appointment in rows) / len(rows) < 0.25
    assert 0.2 < sum(appointment.age < 18 for appointment in rows) / len(rows) < 0.35
    assert sum(count > 1 for count in patients.values()) > len(patients) / 4
    groups = [patient for patient, _ in groupby(appointment.patient for appointment in rows)]
    assert len(groups) == len(set(groups)), "a patient's rows stand together"


@pytest.mark.skipif(not REAL_DATA.exists(), reason="the real appointments are not here: they are not the project's")
def test_every_real_appointment_is_planned_and_nobody_is_in_two_places() -> None:
    source = read_rows(REAL_DATA)
    visits = allocate(source.rows)
    assert len(visits) == 10_076
    assert_nobody_is_in_two_places(visits)
    assert all(visit.starts_at >= visit.row.booked_at for visit in visits)
    assert all(visit.starts_at - visit.row.booked_at < timedelta(days=180) for visit in visits)
    steps = plan(visits)
    kinds = Counter(step.kind for of_patient in steps.values() for step in of_patient)
    assert kinds == {"register": 6854, "book": 10_076, "remind": 3083, "complete": 7980, "no_show": 2096}
    for of_patient in steps.values():
        assert [step.at for step in of_patient] == sorted(step.at for step in of_patient)
        assert of_patient[0].kind == "register"


def test_what_does_not_agree_is_said() -> None:
    stored = StoredFigures(
        progress=Progress(written=12, unpublished=0, projected={"patient": 12, "appointment": 12}),
        by_type={"PatientRegistered": 5, "AppointmentScheduled": 7},
        imported=7,
        read_models={
            "patient": {"PatientRegistered": 5, "AppointmentScheduled": 7},
            "appointment": {"AppointmentScheduled": 7},
        },
    )
    published = Published(Counter({"PatientRegistered": 5, "AppointmentScheduled": 7}))
    assert list(differences(stored, published, rows_fed=7)) == []
    assert list(differences(stored, published, rows_fed=8)) == [
        "8 rows were fed, but only 7 imported bookings are there"
    ]
    lost = Published(Counter({"PatientRegistered": 5, "AppointmentScheduled": 6}))
    assert list(differences(stored, lost, rows_fed=7)) == ["AppointmentScheduled: 7 in PostgreSQL, 6 in Kafka"]
    twice = Published(Counter({"PatientRegistered": 5, "AppointmentScheduled": 8}), twice=1)
    assert len(list(differences(stored, twice, rows_fed=7))) == 2
    behind = replace(stored, read_models={**stored.read_models, "appointment": {"AppointmentScheduled": 6}})
    assert list(differences(behind, published, rows_fed=7)) == [
        "AppointmentScheduled: 7 in PostgreSQL, 6 in the appointment read model"
    ]


def test_what_a_patient_meets_first_comes_first() -> None:
    lived = ["PatientRegistered", "AppointmentScheduled", "AppointmentMarkedAsNoShow", "JourneyStageChanged"]
    judged = ["RiskDetected", "RiskScoreRecalculated", "RiskEscalated"]
    everything = dict.fromkeys(["AppointmentCancelled", *judged, *lived], 1)
    stored = StoredFigures(Progress(8, 0, {}), everything, 1, {})
    types = [line.event_type for line in compare(stored, Published(Counter(everything)))]
    assert types == [*lived, *judged, "AppointmentCancelled"]


def test_there_are_words_for_every_stage() -> None:
    assert STAGES.keys() == set(get_args(Stage))


def test_who_is_at_risk_fits_into_80_columns_with_phone_and_reasons() -> None:
    console = Console(width=80, record=True, file=StringIO())
    reasons = ("silent for 128 days", "12 no-shows", "2 cancellations")
    name = "Emanuelly Fonseca da Conceição Aparecida dos Santos"
    show_at_risk(console, [AtRisk(name, "+5527941623400", Decimal("1.00"), reasons)], in_all=3)
    assert [line.rstrip() for line in console.export_text().splitlines()[2:]] == [
        "patient                   phone           risk  why",
        "Emanuelly Fonseca da Co…  +5527941623400  1.00  silent for 128 days, 12",
        "                                                no-shows, 2 cancellations",
        "… and 2 more",
    ]


def test_where_nobody_is_at_risk_it_says_so() -> None:
    console = Console(width=80, record=True, file=StringIO())
    show_at_risk(console, [], in_all=0)
    assert console.export_text().splitlines()[1:] == ["Patients at risk, the worst first", "Nobody is at risk."]


@pytest.mark.parametrize(
    ("found", "is_today", "said"),
    [
        (Standing({"attended": 3, "at_risk": 1}, 0), False, ["as of 11 June 2016", "attended         3    75%"]),
        (
            Standing({"completed": 4}, 0),
            True,
            ["as of today, 11 June 2016", "this is how they stand", "completed         4   100%"],
        ),
        (Standing({"attended": 3}, 2), False, ["Not counted: 2 that began or went on after that day."]),
        (Standing({}, 1), False, ["None has stood still since then.", "Not counted: 1"]),
    ],
)
def test_the_caption_says_of_when_the_journeys_stages_are(found: Standing, is_today: bool, said: list[str]) -> None:
    console = Console(width=80, record=True, file=StringIO())
    show_standing(console, found, datetime(2016, 6, 11, 12, tzinfo=UTC), is_today=is_today)
    text = console.export_text()
    assert [words for words in said if words not in text] == []
    assert ("Not counted" in text) == (found.later > 0)


def test_the_end_of_the_demo_names_the_console_and_what_logs_in() -> None:
    console = Console(width=200, record=True, file=StringIO())
    show_addresses(console, LocalSettings(api_port=18_000))
    shown = console.export_text()
    assert "http://127.0.0.1:18000/console " in shown
    assert "healz-local token --role manager" in shown
