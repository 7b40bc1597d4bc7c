"""A file of past appointments: how it is divided into rows, and which rows are good."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_api.decide.patient.state import Identity
from command_api.imports.rows.encodings import Encodings
from command_api.imports.rows.header import HeaderRefused, read_header, told_delimiter
from command_api.imports.rows.lanes import lanes
from command_api.imports.rows.layout import Layout
from command_api.imports.rows.line_ends import LineEnds
from command_api.imports.rows.mapping import MappingRefused, read_mapping
from command_api.imports.rows.met import Met, refusal
from command_api.imports.rows.names import first_names_agree, names_agree
from command_api.imports.rows.records import Record, Records
from command_api.imports.rows.row import OPTIONAL, REQUIRED, ImportRow, RowRefused, read_row
from command_api.imports.rows.visit import Visit, place
from command_api.imports.rows.who import Person, patients_of, to_compare
from examples import CPF, OTHER_CPF
from past import visit, written
from system import Clinic

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
TENANT, OTHER_TENANT = (UUID(int=n) for n in (10, 11))
CLINIC = Clinic(UUID(int=1), UUID(int=2))
LATEST = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEADER = ",".join(REQUIRED).encode()


def read(file: bytes, *, chunk: int = 1 << 20, bytes_max: int = 1000, delimiter: bytes = b",") -> list[Record]:
    records = Records(bytes_max)
    records.set_delimiter(delimiter)
    found: list[Record] = []
    for at in range(0, len(file), chunk):
        found += records.feed(file[at : at + chunk])
    return [*found, *records.end()]


def texts(file: bytes, *, chunk: int) -> list[bytes | None]:
    return [record.text for record in read(file, chunk=chunk)]


# Records


@pytest.mark.parametrize("chunk", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (b"", []),
        (b"a,b\n", [b"a,b"]),
        (b"a,b", [b"a,b"]),
        (b"a,b\r\nc,d\r\n", [b"a,b", b"c,d"]),
        (b"\na\n\n", [b"", b"a", b""]),
        (b'a,"b\nc"\nd\n', [b'a,"b\nc"', b"d"]),
        (b'"a\r\n\r\nb",c\nd', [b'"a\r\n\r\nb",c', b"d"]),
        (b'a,"b ""c""\n"" d"\ne', [b'a,"b ""c""\n"" d"', b"e"]),
        (b'a,"",b\nc\n', [b'a,"",b', b"c"]),
        # Only at a field's begin a quote opens a text: 5" is five inches.
        (b'a,5" nail\nb,"c"\n', [b'a,5" nail', b'b,"c"']),
        (b'"a",b,"c,\nd"\ne\n', [b'"a",b,"c,\nd"', b"e"]),
        # Nobody closed it.
        (b'a,"b\nc', [b'a,"b\nc']),
    ],
)
def test_a_file_is_divided_into_records_however_it_comes(file: bytes, expected: list[bytes], chunk: int) -> None:
    assert texts(file, chunk=chunk) == expected


@given(st.lists(st.lists(st.text('ab,;"\n \r', max_size=6), min_size=2, max_size=3), max_size=5), st.integers(1, 9))
def test_what_a_csv_writer_wrote_comes_back(rows: list[list[str]], chunk: int) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    assert texts("".join(row + "\n" for row in quoted).encode(), chunk=chunk) == [row.encode() for row in quoted]


@pytest.mark.parametrize("chunk", [1, 8, 5000])
def test_a_record_that_is_too_long_costs_itself_alone(chunk: int) -> None:
    assert texts(b"a\n" + b"x" * 1001 + b"\nb\n", chunk=chunk) == [b"a", None, b"b"]
    assert texts(b"a\n" + b"x" * 1001, chunk=chunk) == [b"a", None]
    # A quote that nobody closed takes some lines with it, and not the rest of the file.
    assert texts(b'"' + b"y\n" * 600 + b"a\nb", chunk=chunk)[-2:] == [b"a", b"b"]


@pytest.mark.parametrize(
    ("text", "blank"), [(b"", True), (b" \t\r", True), (b";;;;", True), (b",,", True), (b",0", False)]
)
def test_what_a_spreadsheet_leaves_below_the_last_row_is_no_row(text: bytes, blank: bool) -> None:
    assert Record(1, text).is_blank is blank


# Header


@pytest.mark.parametrize(
    ("header", "delimiter", "columns"),
    [
        (HEADER, ",", REQUIRED),
        (HEADER.replace(b",", b";"), ";", REQUIRED),
        (b"\xef\xbb\xbf" + HEADER, ",", REQUIRED),
        (HEADER.upper().replace(b",", b" , "), ",", REQUIRED),
        (b'"' + HEADER.replace(b",", b'","') + b'"', ",", REQUIRED),
        (",".join(reversed(REQUIRED + OPTIONAL)).encode(), ",", tuple(reversed(REQUIRED + OPTIONAL))),
    ],
)
def test_a_header_tells_delimiter_and_columns(header: bytes, delimiter: str, columns: tuple[str, ...]) -> None:
    assert read_header(Record(1, header)) == Layout(delimiter, columns)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (HEADER.replace(b"outcome", b"desfecho"), {"missing": ["outcome"], "unknown": ["desfecho"], "twice": []}),
        (HEADER + b",outcome", {"missing": [], "unknown": [], "twice": ["outcome"]}),
        # Two names of one column; only a day and an hour are put together.
        (HEADER + b",Nome", {"missing": [], "unknown": [], "twice": ["patient_name"]}),
        (HEADER.replace(b"scheduled_for", b"Hora") + b",hora", {"twice": ["scheduled_for"]}),
        (HEADER + b",,notes", {"missing": [], "unknown": [""], "twice": []}),
        (HEADER.replace(b",", b" "), {"missing": list(REQUIRED)}),
        (b"\xff\xfep\x00", {}),
        (b"\xe9", {}),
        (b'"patient_phone', {}),
        (None, {}),
    ],
)
def test_a_header_that_is_none_is_refused(header: bytes | None, told: dict[str, list[str]]) -> None:
    with pytest.raises(HeaderRefused) as refused:
        read_header(Record(1, header))

    assert told.items() <= refused.value.more.items()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (None, "row_too_long"),
        (b"a,\xe9", "not_utf8"),
        (b"a,\0", "control_character"),
        (b"a", "wrong_number_of_cells"),
        (b"a,b,c", "wrong_number_of_cells"),
        (b'a,"b', "unreadable_row"),
        (b'a,"b"c', "unreadable_row"),
        (b'"a\nb,c', "unreadable_row"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(text: bytes | None, rule: str) -> None:
    with pytest.raises(RowRefused) as refused:
        Layout(",", ("one", "two")).cells(Record(2, text))

    assert refused.value.rule == rule


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (
            b'a,"b\nc,d\n',
            "a quotation mark opened in this row is never closed; lines after it that were taken for part",
        ),
        (b'a,"b\nc,d\ne,f', ": 2"),
        (b'a,"b', "a quotation mark opened in this row is never closed"),
        (b'a,"b\nc,"d"\n', "quotation marks don't match; lines after it that were taken for part of this row: 1"),
        (b'a,"b"c', "quotation marks don't match"),
    ],
)
def test_a_quotation_mark_that_is_not_closed_tells_what_it_took_with_it(file: bytes, told: str) -> None:
    (record,) = read(file)
    with pytest.raises(RowRefused) as refused:
        Layout(",", ("one", "two")).cells(record)

    assert told in refused.value.message
    assert refused.value.rule == "unreadable_row"


def test_cells_come_without_the_space_around_them_and_empty_ones_not_at_all() -> None:
    assert Layout(";", ("one", "two", "three")).cells(Record(2, b' a ;"b;\nc";  ')) == {"one": "a", "two": "b;\nc"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_behind_the_last_column_are_none(delimiter: str) -> None:
    header = delimiter.join((*REQUIRED, "", " ")).encode()
    layout = read_header(Record(1, header))

    assert (layout.delimiter, layout.columns) == (delimiter, REQUIRED)
    cells = delimiter.join((*map(str, range(len(REQUIRED))), "", "")).encode()
    assert layout.cells(Record(2, cells)) == dict(zip(REQUIRED, map(str, range(len(REQUIRED))), strict=True))
    with pytest.raises(RowRefused):
        layout.cells(Record(2, cells + b"x"))


@pytest.mark.parametrize("line", [b"sep=;", b'"sep=;"', b"SEP=;\r", b"\xef\xbb\xbfsep=;"])
def test_a_spreadsheets_own_first_line_tells_the_delimiter(line: bytes) -> None:
    assert told_delimiter(line) == ";"
    assert told_delimiter(b"sep=;;") is told_delimiter(None) is told_delimiter(HEADER) is None


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (b"a,b\rc,d\r", b"a,b\nc,d\n"),
        (b"a,b\rc,d", b"a,b\nc,d"),
        (b"a,b\r", b"a,b\n"),
        (b"a,b\r\nc\rd\r\n", b"a,b\r\nc\rd\r\n"),
        (b"a,b\nc\rd", b"a,b\nc\rd"),
        (b"a,b", b"a,b"),
    ],
)
def test_a_carriage_return_alone_ends_a_line_where_the_first_one_does(file: bytes, expected: bytes, size: int) -> None:
    ends = LineEnds()
    assert b"".join(ends.feed(file[at : at + size]) for at in range(0, len(file), size)) + ends.end() == expected


@pytest.mark.parametrize(
    ("said", "rows", "expected"),
    [
        (None, ["José", "Ana", "João"], ["utf-8", "utf-8", "utf-8"]),
        (None, [b"Jos\xe9", b"Ana", b"Jo\xe3o"], ["windows-1252", "utf-8", "windows-1252"]),
        # The file has shown that it is UTF-8: a row that is not is broken.
        (None, ["José", b"Jo\xc3"], ["utf-8", "utf-8"]),
        ("windows-1252", ["José"], ["windows-1252"]),
        ("utf-8", [b"Jos\xe9"], ["utf-8"]),
    ],
)
def test_the_bytes_tell_the_encoding_unless_the_sender_does(
    said: str | None, rows: list[str | bytes], expected: list[str]
) -> None:
    encodings = Encodings(said)
    assert [encodings.of(row.encode() if isinstance(row, str) else row) for row in rows] == expected


# Other software's files

CLINICS_OWN = "Telefone;Paciente;Data;Hora;Tipo;Situação;Convênio;Profissional"
MAPPING = read_mapping(
    ["convenio:", "PROFISSIONAL:doctor_id"],
    [f"clinic_id:{CLINIC.clinic_id}"],
    [f"doctor_id:Dra. Ana Lima:{CLINIC.doctor_id}", "outcome:Remarcado:cancelled", "outcome:Em aberto:agendado"],
)


def foreign(**cells: str) -> dict[str, str]:
    row = {"Telefone": "(27) 99999-0000", "Paciente": "Rita", "Data": "14/03/2019", "Hora": "9:30"}
    row |= {"Tipo": "Retorno", "Situação": "Compareceu", "Convênio": "Unimed", "Profissional": "DRA. ANA LIMA"} | cells
    layout = read_header(Record(1, CLINICS_OWN.encode()), MAPPING)
    return layout.cells(Record(2, ";".join(row.values()).encode()))


def test_a_file_in_a_clinics_own_words_is_understood() -> None:
    row = read_row(foreign())

    assert (row.patient_phone, row.clinic_id, row.doctor_id) == (PHONE, CLINIC.clinic_id, CLINIC.doctor_id)
    assert row.scheduled_for == datetime(2019, 3, 14, 9, 30)  # noqa: DTZ001  # on the wall
    assert (row.appointment_type, row.outcome, row.on_whose_account) == ("return", "completed", None)


@pytest.mark.parametrize(
    ("word", "outcome", "account"),
    [
        ("Não compareceu", "no_show", None),
        ("FALTOU", "no_show", None),
        ("No-Show", "no_show", None),
        ("COMPLETED", "completed", None),
        ("Cancelado pela clínica", "cancelled", "clinic"),
        ("desmarcado pelo paciente", "cancelled", "patient"),
        ("Agendada", "scheduled", None),
        ("Confirmado", "confirmed", None),
        # By the sender's own mapping.
        ("Remarcado", "cancelled", None),
        ("em aberto", "scheduled", None),
    ],
)
def test_outcomes_in_portuguese(word: str, outcome: str, account: str | None) -> None:
    row = read_row(foreign(Situação=word))

    assert (row.outcome, row.on_whose_account) == (outcome, account)


def test_a_word_that_nobody_knows_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(RowRefused) as refused:
        read_row(foreign(Tipo="Profilaxia"))

    assert "return (retorno)" in refused.value.message
    assert "?word=appointment_type:" in refused.value.message
    assert "Profilaxia" not in refused.value.message


def test_two_columns_of_one_name_are_not_put_together() -> None:
    """The sender says what a name means; the second column of it is something else, like whose insurance it is."""
    mapping = read_mapping(["Paciente:patient_name", "Sobrenome:patient_name"], [], [])
    twice = HEADER.replace(b"patient_name", b"Paciente") + b",Paciente"
    with pytest.raises(HeaderRefused) as refused:
        read_header(Record(1, twice), mapping)
    assert refused.value.more["twice"] == ["patient_name"]
    apart = HEADER.replace(b"patient_name", b"Paciente") + b",Sobrenome"
    assert read_header(Record(1, apart), mapping).columns.count("patient_name") == 2


@pytest.mark.parametrize(
    ("columns", "cells", "words", "parameter"),
    [
        (["Telefone"], [], [], "column"),
        (["Telefone:phone"], [], [], "column"),
        ([":patient_phone"], [], [], "column"),
        ([], ["clinic:1"], [], "cell"),
        ([], [], ["outcome:Remarcado"], "word"),
        ([], [], ["x" * 201], "word"),
    ],
)
def test_a_mapping_that_can_not_be_read_is_refused(
    columns: list[str], cells: list[str], words: list[str], parameter: str
) -> None:
    with pytest.raises(MappingRefused) as refused:
        read_mapping(columns, cells, words)

    assert refused.value.parameter == parameter


# Rows


def row_of(**changes: Any) -> ImportRow:
    return read_row({name: text for name, text in visit(CLINIC, **changes).items() if text})


@pytest.mark.parametrize(
    ("changes", "column", "value"),
    [
        ({"patient_phone": "+55 (27) 99999-0000"}, "patient_phone", "+5527999990000"),
        ({"patient_phone": "(27) 99999-0000"}, "patient_phone", "+5527999990000"),
        ({"patient_phone": "027 9999-0000"}, "patient_phone", "+5527999990000"),
        ({"patient_phone": "5527999990000"}, "patient_phone", "+5527999990000"),
        ({"patient_phone": "(27) 3333-4444"}, "patient_phone", "+552733334444"),
        ({"patient_guardian_phone": "(27) 99999-0000"}, "patient_guardian_phone", "+5527999990000"),
        ({"patient_name": "AMANHÃ D'Ávila"}, "patient_name", "AMANHÃ D'Ávila"),
        ({"patient_birth_date": "14/07/1985"}, "patient_birth_date", date(1985, 7, 14)),
        ({"patient_birth_date": "4/7/1985"}, "patient_birth_date", date(1985, 7, 4)),
        ({"patient_birth_date": "0000-00-00"}, "patient_birth_date", None),
        ({"patient_birth_date": "00/00/0000"}, "patient_birth_date", None),
        ({"patient_birth_date": "1669-03-17"}, "patient_birth_date", None),
        ({"patient_birth_date": "30/12/1899"}, "patient_birth_date", None),
        ({"patient_cpf": CPF}, "patient_cpf", "52998224725"),
        ({"patient_cpf": "1234567890"}, "patient_cpf", "01234567890"),
        ({"patient_cpf": "012.345.678-90"}, "patient_cpf", "01234567890"),
        ({"scheduled_for": "14/03/2019 15:30"}, "scheduled_for", datetime(2019, 3, 14, 15, 30)),  # noqa: DTZ001  # on the wall
        ({"scheduled_for": "4/3/2019, 9:30"}, "scheduled_for", datetime(2019, 3, 4, 9, 30)),  # noqa: DTZ001  # on the wall
        ({"scheduled_for": "2019-03-14T9:30"}, "scheduled_for", datetime(2019, 3, 14, 9, 30)),  # noqa: DTZ001  # on the wall
        ({"scheduled_for": "9:30 14/03/2019"}, "scheduled_for", datetime(2019, 3, 14, 9, 30)),  # noqa: DTZ001  # on the wall
        ({"booked_at": None}, "booked_at", None),
        ({"patient_birth_date": "1985-07-14"}, "patient_birth_date", date(1985, 7, 14)),
        ({"duration": "45"}, "duration", 45),
        ({}, "duration", 30),
        ({"requires_follow_up": "yes"}, "requires_follow_up", True),
        ({"patient_cpf": "000.000.000-00"}, "patient_cpf", None),
        ({"patient_cpf": "529 982 247/25"}, "patient_cpf", "52998224725"),
        ({"requires_follow_up": "0"}, "requires_follow_up", False),
        ({"scheduled_for": "2019-03-14 15:30"}, "scheduled_for", datetime(2019, 3, 14, 15, 30)),  # noqa: DTZ001  # on the wall
        ({"booked_at": "2019-03-14T15:30:01.5Z"}, "booked_at", datetime(2019, 3, 14, 15, 30, 1, 500_000, UTC)),
        ({"outcome_at": None}, "outcome_at", None),
    ],
)
def test_a_good_cell_is_taken(changes: dict[str, Any], column: str, value: Any) -> None:
    assert getattr(row_of(**changes), column) == value


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("patient_phone", "98888-7777"),
        ("patient_phone", "3333-4444"),
        ("patient_phone", "5.527999E+12"),
        ("patient_phone", "5,52799E+12"),
        ("patient_phone", "(27) 99999-000O"),
        ("patient_phone", "(20) 99999-0000"),
        ("patient_phone", "(27) 99999-0000 / 3333-4444"),
        ("patient_phone", "+55 27 99999-0000; +55 27 98888-1111"),
        ("patient_name", "1234"),
        ("patient_name", "."),
        ("patient_name", "Jos\ufffd Guimar\ufffdes"),
        ("patient_name", "JosÃ© GuimarÃ£es"),
        ("patient_name", "JoÃ"),
        ("patient_name", "x" * 256),
        ("patient_birth_date", "14.07.1985"),
        ("patient_birth_date", "07/14/1985"),
        ("patient_birth_date", "14/07/85"),
        ("patient_birth_date", "31242"),
        ("patient_birth_date", "1985-02-30"),
        ("patient_birth_date", "490752000"),
        ("patient_birth_date", "1985-W01-1"),
        ("patient_cpf", "529.982.247-26"),
        ("patient_guardian_phone", "mãe"),
        ("clinic_id", "Matriz"),
        ("doctor_id", "Dra. Ana"),
        ("scheduled_for", "15/03/2019"),
        ("scheduled_for", "03/14/2019 15:30"),
        ("scheduled_for", "43538.6458"),
        ("scheduled_for", "2018-03-14"),
        ("scheduled_for", "2019-02-30T10:00"),
        ("scheduled_for", "2019-03-14T24:30"),
        ("booked_at", "1552573800"),
        ("booked_at", "2019-03-14T15:30 America/Sao_Paulo"),
        ("outcome_at", "2019-03-14T15:30+25:00"),
        ("duration", "00"),
        ("duration", "1441"),
        ("duration", "meia hora"),
        ("appointment_type", "exame"),
        ("outcome", "remarcado"),
        ("outcome", "xxx"),
        ("squeeze_in", "talvez"),
        ("on_whose_account", "convênio"),
        ("notes", "x" * 2001),
        ("cancellation_reason", "x" * 501),
        ("requires_follow_up", "talvez"),
    ],
)
def test_a_bad_cell_is_refused_and_never_repeated(column: str, text: str) -> None:
    with pytest.raises(RowRefused) as refused:
        row_of(**{column: text})

    assert (refused.value.rule, refused.value.column) == ("cell_invalid", column)
    assert text not in refused.value.message
    # Nothing of Python's types, which a clerk does not know.
    assert not re.match("String|Input|Value", refused.value.message)


@pytest.mark.parametrize(
    ("column", "text", "words"),
    [
        ("patient_phone", "(27) 99999-0000 ou 98888-1111", "two phones"),
        ("patient_phone", "(27) 99812-345", "a digit is missing"),
        ("patient_cpf", "5,2998E+10", "a spreadsheet has rounded"),
        ("patient_birth_date", "30/02/1980", "there is no such day"),
        ("duration", "1441", "from 1 to 1440"),
        ("duration", "meia hora", "whole minutes"),
        ("notes", "x" * 2001, "2000 characters at most"),
        ("patient_name", "x" * 256, "255 characters at most"),
        ("patient_name", "...", "letters"),
    ],
)
def test_a_bad_cell_is_told_in_a_clerks_words(column: str, text: str, words: str) -> None:
    with pytest.raises(RowRefused) as refused:
        row_of(**{column: text})

    assert words in refused.value.message


@pytest.mark.parametrize("nameless", [".", "\u0301", "\u00ad"])
def test_who_was_once_recorded_without_a_letter_is_another(nameless: str) -> None:
    assert not names_agree(nameless, "Ana Souza")
    assert not first_names_agree("Ana Souza", nameless)


@pytest.mark.parametrize("column", REQUIRED)
def test_a_cell_that_must_be_there_is_missed(column: str) -> None:
    with pytest.raises(RowRefused) as refused:
        row_of(**{column: None})

    assert (refused.value.rule, refused.value.column) == ("cell_missing", column)


# Times


def placed(number: int = 2, namespace: UUID = TENANT, zone: ZoneInfo = SAO_PAULO, **changes: Any) -> Visit:
    return place(number, row_of(**changes), namespace, zone, LATEST)


@pytest.mark.parametrize(
    ("told", "zone", "instant"),
    [
        ("2019-03-14T15:30", "America/Sao_Paulo", "2019-03-14T18:30+00:00"),
        ("2019-01-14T15:30", "America/Sao_Paulo", "2019-01-14T17:30+00:00"),
        ("2019-03-14T15:30", "America/Manaus", "2019-03-14T19:30+00:00"),
        ("2019-03-14T15:30-05:00", "America/Sao_Paulo", "2019-03-14T20:30+00:00"),
        # The clock went back from 0:00 to 23:00: with the offset there is no doubt.
        ("2019-02-16T23:30-02:00", "America/Sao_Paulo", "2019-02-17T01:30+00:00"),
        ("2019-02-16T23:30-03:00", "America/Sao_Paulo", "2019-02-17T02:30+00:00"),
        ("2019-02-16T22:59", "America/Sao_Paulo", "2019-02-17T00:59+00:00"),
        ("2019-02-17T00:00", "America/Sao_Paulo", "2019-02-17T03:00+00:00"),
    ],
)
def test_a_time_without_offset_is_on_the_clinics_clock(told: str, zone: str, instant: str) -> None:
    placed_visit = placed(zone=ZoneInfo(zone), booked_at="2018-10-01T00:00Z", scheduled_for=told)

    assert placed_visit.scheduled_for == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    ("changes", "column", "rule"),
    [
        ({"scheduled_for": "2019-02-16T23:30"}, "scheduled_for", "local_time_ambiguous"),
        ({"booked_at": "2018-11-04T00:30"}, "booked_at", "local_time_skipped"),
        ({"scheduled_for": "2026-03-01T12:00:01Z"}, "scheduled_for", "time_to_come"),
        ({"outcome": "scheduled", "booked_at": "2026-03-01T12:00:01Z"}, "booked_at", "time_to_come"),
        ({"booked_at": "2027-01-01T00:00Z"}, "booked_at", "time_to_come"),
        # Who cancelled what lies ahead says when.
        ({"outcome": "cancelled", "scheduled_for": "2026-05-01T11:45Z"}, "outcome_at", "time_to_come"),
        # It has begun, but it isn't over.
        ({"scheduled_for": "2026-03-01T11:45Z"}, "outcome_at", "time_to_come"),
        ({"scheduled_for": "1899-12-31T23:59Z"}, "scheduled_for", "cell_invalid"),
        ({"booked_at": "0001-01-01T00:00+14:00"}, "booked_at", "cell_invalid"),
        ({"outcome_at": "9999-12-31T23:59-12:00"}, "outcome_at", "cell_invalid"),
        ({"outcome_at": "2019-02-01T00:00Z"}, "outcome_at", "outcome_before_booking"),
        ({"outcome_at": "2019-02-28T23:00"}, "outcome_at", "completion_before_the_day"),
        ({"outcome": "no_show", "outcome_at": "2019-03-01T07:59"}, "outcome_at", "no_show_before_the_start"),
    ],
)
def test_what_can_not_have_been_so_is_refused(changes: dict[str, Any], column: str, rule: str) -> None:
    with pytest.raises(RowRefused) as refused:
        placed(**changes)

    assert (refused.value.rule, refused.value.column) == (rule, column)


@pytest.mark.parametrize(
    ("changes", "instant"),
    [
        ({}, "2019-03-01T11:30+00:00"),
        ({"duration": 50}, "2019-03-01T11:50+00:00"),
        ({"outcome": "no_show"}, "2019-03-01T11:30+00:00"),
        ({"outcome": "cancelled"}, "2019-03-01T11:00+00:00"),
        # Written down after the visit.
        ({"booked_at": "2019-03-05T12:00Z"}, "2019-03-05T12:00+00:00"),
        ({"outcome_at": "2019-03-01T08:10"}, "2019-03-01T11:10+00:00"),
        (
            {"outcome": "cancelled", "scheduled_for": "2026-05-01T08:00", "outcome_at": "2026-02-01T09:00Z"},
            "2026-02-01T09:00+00:00",
        ),
    ],
)
def test_an_outcome_without_a_time_is_at_the_end(changes: dict[str, Any], instant: str) -> None:
    assert placed(**changes).outcome_at == datetime.fromisoformat(instant)


# Ids


@pytest.mark.parametrize(
    ("changes", "same_patient", "same_appointment"),
    [
        ({"number": 9}, True, True),
        ({"patient_name": " PACIENTE  NUMERO 0"}, True, True),
        ({"scheduled_for": "2019-03-01T11:00:00Z"}, True, True),
        ({"outcome": "no_show", "notes": "outra", "duration": 5}, True, True),
        ({"scheduled_for": "2019-03-01T08:01"}, True, False),
        ({"booked_at": "2019-02-15T09:30:00-03:00"}, True, False),
        ({"doctor_id": UUID(int=7)}, True, False),
        ({"patient_name": "Paciente Número 1"}, False, False),
        ({"patient_birth_date": "1985-07-15"}, False, False),
        ({"patient_phone": "+5527999990001"}, False, False),
        ({"namespace": OTHER_TENANT}, False, False),
    ],
)
def test_ids_follow_from_what_a_row_says(changes: dict[str, Any], same_patient: bool, same_appointment: bool) -> None:
    visit, other = placed(), placed(**changes)

    assert (visit.own_patient_id == other.own_patient_id) is same_patient
    assert (visit.appointment_id == other.appointment_id) is same_appointment


# Whose visit it is

RITA, ANA = (UUID(int=n) for n in (100, 101))
PHONE = "+5527999990000"
CHILD: dict[str, Any] = {"patient_birth_date": "2015-05-05", "patient_guardian_phone": PHONE}


def patient_of(*visits: Visit, **known: Any) -> UUID:
    """Of the last of them."""
    given = {"known": {}, "holders": {}, "people": {}} | known
    return patients_of(visits, **given).patients[visits[-1].number]


def test_nobody_is_found_so_it_is_a_new_patient() -> None:
    assert patient_of(placed()) == placed().own_patient_id


@pytest.mark.parametrize(
    ("changes", "rita", "found"),
    [
        ({"patient_phone": PHONE}, Person(date(1985, 7, 14), None), True),
        ({"patient_phone": PHONE}, Person(None, "52998224725"), True),
        ({"patient_phone": PHONE, "patient_birth_date": None}, Person(date(1985, 7, 14), None), True),
        ({"patient_phone": PHONE}, Person(date(1960, 1, 1), None), False),
        ({"patient_phone": PHONE, "patient_cpf": OTHER_CPF}, Person(None, "52998224725"), False),
        ({"patient_phone": PHONE, **CHILD}, Person(None, None), False),
    ],
)
def test_a_phone_finds_its_holder_unless_it_is_somebody_else(
    changes: dict[str, Any], rita: Person, found: bool
) -> None:
    visit = placed(**changes)
    assert patient_of(visit, holders={("phone", PHONE): RITA}, people={RITA: rita}) == (
        RITA if found else visit.own_patient_id
    )


@pytest.mark.parametrize(
    ("changes", "holder", "told"),
    [
        # Written shorter, or without accents.
        ({"patient_name": "RITA DE CASSIA"}, Person(None, None, "Rita de Cássia Souza"), "same"),
        ({"patient_name": "Rita C. Souza"}, Person(None, None, "Rita de Cássia Souza"), "same"),
        ({"patient_name": "Rita"}, Person(None, None, "Rita de Cássia"), "same"),
        # A name alone that is another one: nobody can tell.
        ({"patient_name": "Osvaldo Souza"}, Person(None, None, "Rita Souza"), "met"),
        ({"patient_name": "Rita Lima"}, Person(None, None, "Rita Souza"), "met"),
        (
            {"patient_name": "Rita Lima", "patient_birth_date": None},
            Person(date(1985, 7, 14), None, "Rita Souza"),
            "met",
        ),
        # Who has married; twins; the CPF knows better than any name.
        ({"patient_name": "Rita Lima"}, Person(date(1985, 7, 14), None, "Rita Souza"), "same"),
        ({"patient_name": "Ana Souza"}, Person(date(1985, 7, 14), None, "Rita Souza"), "met"),
        ({"patient_name": "Ana", "patient_cpf": CPF}, Person(None, "52998224725", "Rita"), "same"),
        ({"patient_name": "Rita", "patient_cpf": OTHER_CPF}, Person(None, "52998224725", "Rita"), "another"),
        ({"patient_name": "Rita Souza"}, Person(date(1960, 1, 1), None, "Rita Souza"), "another"),
        # Somebody says that they share it.
        ({"patient_name": "Osvaldo", "shares_phone": "sim"}, Person(None, None, "Rita"), "another"),
        ({"patient_name": "Rita", "shares_phone": "sim"}, Person(None, None, "Rita"), "same"),
    ],
)
def test_a_phone_alone_tells_nobody(changes: dict[str, Any], holder: Person, told: str) -> None:
    if "patient_birth_date" not in changes and holder.birth_date is None:
        changes = changes | {"patient_birth_date": None}
    visit = placed(number=7, patient_phone=PHONE, **with_ours(changes))
    found = patients_of([visit], {}, {("phone", PHONE): RITA}, {RITA: holder})

    assert found.met == ({7: Met(RITA, "phone_of_another")} if told == "met" else {})
    assert found.patients.get(7) == {"same": RITA, "another": visit.own_patient_id, "met": None}[told]


def with_ours(changes: dict[str, Any]) -> dict[str, Any]:
    """As the cells are once a file's words are read."""
    return changes | {"shares_phone": "true"} if "shares_phone" in changes else changes


def test_three_people_on_one_phone_are_never_one() -> None:
    nobody_knows: dict[str, Any] = {"patient_phone": PHONE, "patient_birth_date": None}
    names = ("Helena Paixão", "Osvaldo Paixão", "Bebê Paixão", "HELENA PAIXAO")
    visits = [placed(number=n, patient_name=name, **nobody_knows) for n, name in enumerate(names, start=2)]
    found = patients_of(visits, {}, {}, {})

    assert found.met == {3: Met(2, "phone_of_another"), 4: Met(2, "phone_of_another")}
    assert found.patients == {2: visits[0].own_patient_id, 5: visits[0].own_patient_id}
    sharing = [
        placed(number=n, patient_name=name, shares_phone=True, **nobody_knows) for n, name in enumerate(names, start=2)
    ]
    assert patients_of(sharing, {}, {}, {}).patients == {v.number: v.own_patient_id for v in visits}


def test_two_cpfs_are_never_one_person() -> None:
    """Of one name and phone, whatever is known of their birth."""
    one, other = (placed(number=n, patient_cpf=cpf) for n, cpf in enumerate((CPF, OTHER_CPF), start=2))
    assert one.own_patient_id == other.own_patient_id
    unknown, again = placed(number=4), placed(number=5, patient_cpf=OTHER_CPF)
    found = patients_of([one, other], {}, {}, {})
    assert (found.patients, found.met) == ({2: one.own_patient_id}, {3: Met(2, "cpf_differs")})
    # What a later row said of them counts, too; and what the store says.
    found = patients_of([unknown, one, again], {}, {}, {})
    assert found.met == {5: Met(4, "cpf_differs")}
    own = one.own_patient_id
    found = patients_of([other], {own: own}, {}, {own: Person(None, one.row.patient_cpf)})
    assert found.met == {3: Met(own, "cpf_differs")}
    assert "another CPF" in refusal(found.met[3]).message


def test_one_cpf_is_not_two_persons() -> None:
    """A child under its mother's is common."""
    rows: list[dict[str, Any]] = [
        {"patient_name": "Rita Dias", "patient_birth_date": "1985-01-01"},
        {"patient_name": "Bebê Dias", "patient_birth_date": "1992-01-01", "patient_phone": "+5527988887777"},
        {"patient_name": "Rita Dias", "patient_birth_date": "1985-01-10"},  # a slip: the first name is the same
    ]
    visits = [placed(number=n, patient_cpf=CPF, **row) for n, row in enumerate(rows, start=2)]
    found = patients_of(visits, {}, {}, {})
    assert found.met == {3: Met(2, "cpf_of_another")}
    assert found.patients == {2: visits[0].own_patient_id, 4: visits[0].own_patient_id}
    assert (refused := refusal(found.met[3])).column == "patient_cpf"
    assert "row 2" in refused.message


def test_only_whom_a_row_may_be_taken_for_is_looked_at() -> None:
    visit = placed(patient_phone=PHONE, patient_cpf=CPF)
    own = visit.own_patient_id
    cpf: Identity = ("cpf", str(visit.row.patient_cpf))
    phone: Identity = ("phone", PHONE)
    assert to_compare(visit, {}, {phone: RITA, cpf: ANA}) == {RITA, ANA}
    assert to_compare(visit, {own: own}, {phone: RITA, cpf: own}) == set()
    assert to_compare(visit, {own: own}, {phone: own, cpf: ANA}) == {ANA}
    assert to_compare(visit, {own: own}, {phone: own}) == {own}
    assert to_compare(placed(patient_phone=PHONE), {own: own}, {phone: own}) == set()


@pytest.mark.parametrize("ends", ["Filho", "Filha", "Júnior", "Jr.", "Neto", "Neta", "Sobrinho"])
def test_who_is_called_after_somebody_is_another(ends: str) -> None:
    after = f"José Carlos da Silva {ends}"
    assert not names_agree("José Carlos da Silva", after)
    assert not names_agree(after, "José Silva")
    assert names_agree(after, f"Jose C. Silva {ends}")


@pytest.mark.parametrize("spelling", [PHONE, "+552799990000"])
def test_of_two_who_hold_a_line_it_is_the_one_whom_nothing_contradicts(spelling: str) -> None:
    """One was recorded in each spelling, before a line had one."""
    holders = {("phone", PHONE): ANA, ("phone", "+552799990000"): ANA} | {("phone", spelling): RITA}
    people = {RITA: Person(date(1985, 7, 14), None), ANA: Person(date(1960, 1, 1), None)}
    assert patient_of(placed(patient_phone=PHONE), holders=holders, people=people) == RITA


@pytest.mark.parametrize("spelling", [PHONE, "+552799990000"])
def test_what_was_imported_in_another_spelling_is_known_by_the_ids_of_then(spelling: str) -> None:
    """A child holds no phone: but for the id that follows from it, each file would register them anew."""
    then = uuid5(TENANT, f"imported patient\n+552799990000\nmaria da silva\n{CHILD['patient_birth_date']}")
    visit = placed(patient_phone=spelling, patient_name="Maria da Silva", **CHILD)
    assert visit.as_once_spelt is not None
    appointment_id, own_patient_id = visit.as_once_spelt
    assert own_patient_id == then
    assert visit.settled({}) == visit
    settled = visit.settled({then: then})
    assert (settled.own_patient_id, settled.appointment_id) == (then, visit.appointment_id)
    assert patient_of(settled, known={then: then}) == then
    settled = visit.settled({appointment_id: then, then: then})
    assert (settled.own_patient_id, settled.appointment_id) == (then, appointment_id)


def test_a_cpf_finds_its_holder_whatever_the_phone_says() -> None:
    visit = placed(patient_phone=PHONE, patient_cpf=CPF)
    holders = {("phone", PHONE): RITA, ("cpf", "52998224725"): ANA}
    assert patient_of(visit, holders=holders, people={RITA: Person(None, None)}) == ANA


def test_a_known_appointment_is_whose_it_is() -> None:
    visit = placed(patient_phone=PHONE)
    assert patient_of(visit, known={visit.appointment_id: ANA}, holders={("phone", PHONE): RITA}) == ANA


def test_a_child_who_was_imported_is_found_when_grown_up() -> None:
    visit = placed(patient_phone=PHONE, patient_birth_date="2000-01-01", scheduled_for="2019-03-01T08:00")
    assert patient_of(visit, known={visit.own_patient_id: visit.own_patient_id}, holders={("phone", PHONE): RITA}) == (
        visit.own_patient_id
    )


def test_a_row_finds_whom_an_earlier_one_brings() -> None:
    first = placed(2, patient_phone=PHONE, patient_cpf=CPF, patient_name="Rita de Cássia")
    typo = placed(3, patient_phone=PHONE, patient_name="Rita da Cassia", scheduled_for="2019-04-01T08:00")
    moved = placed(4, patient_phone="+5527999990009", patient_cpf=CPF, scheduled_for="2019-05-01T08:00")
    child = placed(5, patient_phone=PHONE, patient_name="Bia", **CHILD)

    assert patient_of(first, typo) == patient_of(first, moved) == first.own_patient_id
    assert patient_of(first, child) == child.own_patient_id


# Lanes


def lanes_of(*visits: Visit) -> list[list[tuple[str, int]]]:
    made = lanes(visits, patients_of(visits, {}, {}, {}).patients)
    return [[(step.kind, step.visit.number) for step in lane] for lane in made]


def alone(number: int) -> list[tuple[str, int]]:
    return [("register", number), ("book", number), ("end", number)]


def person(n: int, **changes: Any) -> Visit:
    own: dict[str, Any] = {
        "doctor_id": UUID(int=1000 + n),
        "patient_phone": f"+5527999{n:06}",
        "patient_name": f"P{n}",
    }
    return placed(n, **(own | changes))


def test_rows_that_share_nothing_are_done_side_by_side() -> None:
    assert lanes_of(person(2), person(3), person(4)) == [alone(2), alone(3), alone(4)]


@pytest.mark.parametrize(
    "shared",
    [
        {"patient_phone": PHONE, "patient_name": "Rita"},
        {"patient_cpf": CPF},
        {"doctor_id": CLINIC.doctor_id},
    ],
)
def test_rows_that_share_something_are_done_one_after_the_other(shared: dict[str, Any]) -> None:
    assert len(lanes_of(person(2, **shared), person(3), person(4, **shared))) == 2


def test_two_people_who_give_one_phone_are_done_one_after_the_other() -> None:
    other = person(4, patient_phone=PHONE, patient_birth_date="1990-01-01")
    assert len(lanes_of(person(2, patient_phone=PHONE), person(3), other)) == 2


def test_a_doctors_times_that_only_touch_are_done_side_by_side() -> None:
    doctor = {"doctor_id": CLINIC.doctor_id}
    touching = [person(n, **doctor, scheduled_for=f"2019-03-01T{8 + n:02}:00", duration=60) for n in (2, 3, 4)]
    long = person(9, **doctor, scheduled_for="2019-03-01T10:59", duration=62)

    assert len(lanes_of(*touching)) == 3
    assert len(lanes_of(*touching, long)) == 1


def test_a_lane_goes_in_time_order() -> None:
    rita = {"patient_phone": PHONE, "patient_name": "Rita"}
    late = person(2, **rita, booked_at="2019-02-05T12:00Z", scheduled_for="2019-03-10T12:00Z")
    early = person(3, **rita, booked_at="2019-02-01T12:00Z", scheduled_for="2019-02-20T12:00Z")
    ((*steps,),) = lanes_of(late, early)

    assert steps == [("register", 3), ("book", 3), ("register", 2), ("book", 2), ("end", 3), ("end", 2)]


def test_what_ends_at_a_moment_comes_before_what_begins_then() -> None:
    at = "2019-02-20T12:00Z"
    rita = {"patient_phone": PHONE, "patient_name": "Rita", "scheduled_for": "2019-03-10T12:00Z"}
    again = person(2, **rita, booked_at=at)
    cancelled = person(3, **rita, outcome="cancelled", outcome_at=at)
    ((*steps,),) = lanes_of(again, cancelled)

    assert steps.index(("end", 3)) < steps.index(("book", 2))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 40)), max_size=12))
def test_every_step_is_in_one_lane_and_lanes_share_nothing(rows: list[tuple[int, int, int]]) -> None:
    visits = [
        person(
            number,
            patient_phone=f"+5527999{patient:06}",
            patient_name=f"Paciente {patient}",
            doctor_id=UUID(int=100 + doctor),
            scheduled_for=(datetime(2019, 3, 1, 12, tzinfo=UTC) + timedelta(minutes=10 * slot)).isoformat(),
        )
        for number, (patient, doctor, slot) in enumerate(rows, start=2)
    ]
    patients = patients_of(visits, {}, {}, {}).patients
    made = lanes(visits, patients)
    lane_of = {step.visit.number: n for n, lane in enumerate(made) for step in lane}

    assert sorted((step.visit.number, step.kind) for lane in made for step in lane) == sorted(
        (visit.number, kind) for visit in visits for kind in ("register", "book", "end")
    )
    for earlier, later in combinations(visits, 2):
        overlap = earlier.scheduled_for < later.ends_at and later.scheduled_for < earlier.ends_at
        if earlier.row.patient_phone == later.row.patient_phone or (
            earlier.row.doctor_id == later.row.doctor_id and overlap
        ):
            assert lane_of[earlier.number] == lane_of[later.number]


def test_a_written_file_is_read_back() -> None:
    rows = [visit(CLINIC, n, notes='à tarde; "ligar"\nantes') for n in range(3)]
    for delimiter in ",;":
        header, *records = read(written(rows, delimiter), delimiter=delimiter.encode())
        layout = read_header(header)
        found = [read_row(layout.cells(record)) for record in records]
        assert [row.notes for row in found] == ['à tarde; "ligar"\nantes'] * 3


def test_what_is_still_to_come_is_booked_when_it_is_said_or_now() -> None:
    ahead = placed(outcome="scheduled", scheduled_for="2026-05-04T09:00", booked_at=None)
    told = placed(outcome="confirmed", scheduled_for="2026-05-04T09:00", booked_at="2026-02-01T09:00Z")

    assert (ahead.booked_at, ahead.is_booked_now) == (LATEST, True)
    assert (told.booked_at, told.is_booked_now) == (datetime(2026, 2, 1, 9, tzinfo=UTC), False)
    # The row that tells of it later is the same appointment's.
    later = datetime(2026, 6, 1, tzinfo=UTC)
    over = place(2, row_of(scheduled_for="2026-05-04T09:00", booked_at=None), TENANT, SAO_PAULO, later)
    assert over.appointment_id == ahead.appointment_id
    assert over.booked_at == over.scheduled_for


def test_ids_stay_what_they_are() -> None:
    # Whoever changes how they are made imports everything twice.
    assert placed().own_patient_id == uuid5(TENANT, "imported patient\n+5527999000000\npaciente numero 0\n1985-07-14")
    assert str(placed().appointment_id) == "3cdb1e8a-0559-541b-b378-fbc24efd7b10"
