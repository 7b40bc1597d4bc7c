"""The rules of a patient's record."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from command_api.decide.patient.commands import (
    AmendPatientMedicalHistory,
    RegisterPatient,
    UpdatePatientContact,
    UpdatePatientMedicalHistory,
    UpdatePatientPreferences,
)
from command_api.decide.patient.medical_parts import MedicalHistoryParts
from command_api.decide.patient.state import DEFAULT_PREFERENCES
from examples import (
    APPOINTMENT,
    BEFORE,
    CPF,
    DAY,
    DRA_ANA,
    GUARDIAN,
    INSTANT,
    MARIA,
    MINUTE,
    NOW,
    OTHER_APPOINTMENT,
    OTHER_CPF,
    OTHER_PHONE,
    PHONE,
    SERRA,
    THIRD_APPOINTMENT,
    VITORIA,
    activate,
    address,
    amend_medical_history,
    anonymize,
    anonymized,
    became_active,
    became_inactive,
    became_suspended,
    but,
    cancelled,
    confirmed,
    contact_updated,
    deactivate,
    journey_started,
    medical_history,
    medical_history_updated,
    moved_to,
    patient,
    preferences,
    preferences_updated,
    register,
    registered,
    scheduled,
    suspend,
    update_contact,
    update_medical_history,
    update_preferences,
)
from healz.events.appointment import AppointmentCancelled
from healz.events.patient import PatientAnonymized, PatientContactUpdated, PatientRegistered, PatientStatusChanged
from healz.events.patient_details import MedicalHistory

EVERY_COMMAND = [
    *(register, update_contact, update_preferences, update_medical_history, amend_medical_history),
    *(deactivate, suspend, anonymize),
]


def contact(**changes: Any) -> UpdatePatientContact:
    return UpdatePatientContact(**changes)


def updated(**payload: Any) -> PatientContactUpdated:
    return PatientContactUpdated(patient_id=MARIA, updated_at=NOW, **payload)


# Registration


def test_a_patient_is_registered_with_what_was_given() -> None:
    command = RegisterPatient(
        phone=PHONE,
        full_name=" Maria Aparecida da Silva ",
        email="maria.silva@example.com.br",
        birth_date=date(1985, 7, 14),
        cpf="529.982.247-25",
        guardian_phone=GUARDIAN,
        preferred_clinic_id=VITORIA,
        preferred_doctor_id=DRA_ANA,
    )
    patient.when(command).then(
        PatientRegistered(
            patient_id=MARIA,
            phone=PHONE,
            full_name="Maria Aparecida da Silva",
            registration_source="manual",
            registered_at=NOW,
            email="maria.silva@example.com.br",
            birth_date=date(1985, 7, 14),
            cpf=CPF,
            guardian_phone=GUARDIAN,
            preferred_clinic_id=VITORIA,
            preferred_doctor_id=DRA_ANA,
        )
    )


@pytest.mark.parametrize(
    ("role", "source"),
    [
        ("bot", "whatsapp"),
        ("import", "import"),
        ("admin", "manual"),
        ("manager", "manual"),
        ("receptionist", "manual"),
        ("doctor", "manual"),
    ],
)
def test_the_registration_source_follows_the_role(role: str, source: str) -> None:
    assert patient.by(role).when(register).only().registration_source == source


def test_a_registration_source_that_is_said_stands() -> None:
    assert patient.when(but(register, registration_source="whatsapp")).only().registration_source == "whatsapp"


def test_a_patient_is_registered_once() -> None:
    patient.given(registered).when(register).then_rejected("patient_registered_already")


@pytest.mark.parametrize(
    "command",
    [command for command in EVERY_COMMAND if command is not register],
    ids=lambda command: type(command).__name__,
)
def test_nothing_comes_before_the_registration(command: Any) -> None:
    patient.when(command).then_rejected("patient_unknown")


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=lambda command: type(command).__name__)
def test_an_anonymised_patient_accepts_no_further_command(command: Any) -> None:
    patient.given(registered, anonymized).when(command).then_rejected("patient_anonymized")


# Minors and their guardians: the day counts in São Paulo


@pytest.mark.parametrize(
    ("born", "at", "minor"),
    [
        (date(2008, 3, 2), datetime(2026, 3, 2, 12, tzinfo=UTC), False),
        (date(2008, 3, 3), datetime(2026, 3, 2, 12, tzinfo=UTC), True),
        (date(2008, 3, 2), datetime(2026, 3, 2, 2, 59, 59, tzinfo=UTC), True),  # 1 March, 23:59:59 in São Paulo
        (date(2008, 3, 2), datetime(2026, 3, 2, 3, 0, tzinfo=UTC), False),
        (date(2008, 2, 29), datetime(2026, 2, 28, 12, tzinfo=UTC), True),
        (date(2008, 2, 29), datetime(2026, 3, 1, 12, tzinfo=UTC), False),
        (date(2026, 3, 2), datetime(2026, 3, 2, 12, tzinfo=UTC), True),
        (None, NOW, False),
    ],
)
def test_a_patient_under_18_needs_a_guardian(born: date | None, at: datetime, minor: bool) -> None:
    alone, guarded = but(register, birth_date=born), but(register, birth_date=born, guardian_phone=GUARDIAN)
    if minor:
        patient.at(at).when(alone).then_rejected("guardian_needed")
    else:
        patient.at(at).when(alone).then_in_order("PatientRegistered")
    accepted = patient.at(at).when(guarded)
    accepted.then_in_order("PatientRegistered")
    assert (("phone", PHONE) in accepted.case.patient.identities) is not minor


def test_nobody_is_born_tomorrow() -> None:
    patient.when(but(register, birth_date=date(2026, 3, 3), guardian_phone=GUARDIAN)).then_rejected(
        "born_in_the_future"
    )
    born_there_not_here = datetime(2026, 3, 3, 2, tzinfo=UTC)  # still 2 March in São Paulo
    command = but(register, birth_date=date(2026, 3, 3), guardian_phone=GUARDIAN)
    patient.at(born_there_not_here).when(command).then_rejected("born_in_the_future")


def test_age_is_judged_when_it_happened() -> None:
    command = but(register, birth_date=date(2000, 5, 5), occurred_at=datetime(2010, 1, 1, tzinfo=UTC))
    patient.by("import").when(command).then_rejected("guardian_needed")


minor_registered = but(registered, birth_date=date(2010, 1, 1), guardian_phone=GUARDIAN, phone=GUARDIAN)


def test_a_minors_guardian_cannot_be_cleared() -> None:
    patient.given(minor_registered).when(contact(guardian_phone=None)).then_rejected("guardian_needed")
    patient.given(minor_registered).when(contact(guardian_phone=OTHER_PHONE)).then(
        updated(new_guardian_phone=OTHER_PHONE)
    )


def test_an_adults_guardian_can_be_cleared() -> None:
    guarded = but(registered, guardian_phone=GUARDIAN)
    patient.given(guarded).when(contact(guardian_phone=None)).then(updated(new_guardian_phone=None))


def test_a_birth_date_that_makes_a_minor_needs_a_guardian_with_it() -> None:
    young = date(2012, 1, 1)
    patient.given(registered).when(contact(birth_date=young)).then_rejected("guardian_needed")
    patient.given(registered).when(contact(birth_date=young, guardian_phone=GUARDIAN)).then(
        updated(new_birth_date=young, new_guardian_phone=GUARDIAN)
    )


def test_a_birth_date_is_not_moved_into_the_future() -> None:
    patient.given(registered).when(contact(birth_date=date(2026, 3, 3))).then_rejected("born_in_the_future")


def test_a_birth_date_of_nobody_who_lives_is_refused() -> None:
    patient.when(but(register, birth_date=date(1899, 12, 31))).then_rejected("born_too_long_ago")
    patient.when(but(register, birth_date=date(1900, 1, 1))).only()


# What a name, a CPF, a phone, an e-mail may be


@pytest.mark.parametrize(
    "name", ["\u200eMaria da Silva", "\u202eMaria da\u00a0Silva\u202c", " Maria\tda \n Silva", "Ma\u200bria da Silva"]
)
def test_a_name_is_what_can_be_seen_of_it(name: str) -> None:
    assert patient.when(but(register, full_name=name)).only().full_name == "Maria da Silva"


@pytest.mark.parametrize(
    "cpf", ["５２９．９８２．２４７－２５", "529.982.247\u201325", "529\u200b98224725", "529.982.247\u201125"]
)
def test_a_cpf_is_the_same_however_it_is_typed(cpf: str) -> None:
    assert patient.when(but(register, cpf=cpf)).only().cpf == CPF


@pytest.mark.parametrize("cpf", ["52998224725", "529.982.247-25", " 529.982.247-25 ", "11144477735"])
def test_a_cpf_with_right_check_digits_is_taken(cpf: str) -> None:
    taken = patient.when(but(register, cpf=cpf)).only().cpf
    assert taken == cpf.replace(".", "").replace("-", "").strip()


@pytest.mark.parametrize(
    "cpf",
    [
        "52998224724",  # second check digit
        "52998224735",  # first check digit
        "5299822472",
        "529982247255",
        "11111111111",
        "00000000000",
        "5299822472a",
        "",
        "٥٢٩٩٨٢٢٤٧٢٥",
    ],
)
def test_a_cpf_with_wrong_check_digits_is_refused(cpf: str) -> None:
    with pytest.raises(ValidationError):
        but(register, cpf=cpf)
    with pytest.raises(ValidationError):
        contact(cpf=cpf)


@pytest.mark.parametrize("name", ["Conceição", "Conceic\u0327a\u0303o", "\u200bConceic\u0327ão "])
def test_a_name_with_its_accents_apart_is_the_same_name(name: str) -> None:
    assert patient.when(but(register, full_name=name)).only().full_name == "Conceição"


@pytest.mark.parametrize(
    "email",
    [
        "josé@example.com",
        "jose\u0301@example.com",
        " jose\u0301@example.com\u200b",
        "ｊｏｓé@ｅｘａｍｐｌｅ．ｃｏｍ",
        "josé＠example.com",
        "jos\u200de\u0301@example.com",
    ],
)
def test_an_email_address_is_the_same_however_it_is_typed(email: str) -> None:
    for told in (but(register, email=email), but(register, email=email.replace("example", "Example"))):
        registration = patient.when(told).only()
        assert registration.email.lower() == "josé@example.com"
        assert ("email", "josé@example.com") in identities(registration)


@pytest.mark.parametrize("recorded", ["jose\u0301@example.com", "JOSÉ@example.com", "josé@example.com"])
def test_an_email_address_that_was_recorded_in_another_form_is_held_still(recorded: str) -> None:
    told = but(register, email="josé@example.com")
    before, now = identities(but(registered, email=recorded)), identities(patient.when(told).only())
    as_it_was_held = ("email", recorded.lower())
    assert as_it_was_held in before, "so it is freed when the patient has another"
    assert as_it_was_held in now, "so whoever takes it meets it"


@pytest.mark.parametrize(
    "phone",
    [
        *("+5527999990000", "+55 27 99999-0000", "+55 (27) 99999-0000", "＋５５ ２７ ９９９９９－００００"),
        *("\u202a+55 27 99999\u20110000\u202c", "+٥٥٢٧٩٩٩٩٩٠٠٠٠"),
    ],
)
def test_a_phone_becomes_e164(phone: str) -> None:
    assert patient.when(but(register, phone=phone)).only().phone == PHONE
    assert but(register, guardian_phone=phone).guardian_phone == PHONE


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("+552798074360", "+5527998074360"),
        ("+55 (27) 9807-4360", "+5527998074360"),
        ("+5527998074360", "+5527998074360"),
        ("+552700072119", "+5527900072119"),
        ("+55 27 3222-3333", "+552732223333"),
        ("+541143211234", "+541143211234"),
        ("+54 9 11 2345-6789", "+5491123456789"),
        ("(+55) 27 9807\u22124360", "+5527998074360"),
        ("+5215512345678", "+525512345678"),
        ("+52 55 1234 5678", "+525512345678"),
        ("+351 912 345 678", "+351912345678"),
    ],
)
def test_one_line_has_one_spelling(given: str, line: str) -> None:
    """Messengers go on with forms that a country has given up; a landline in Brazil has no ninth digit."""
    registration = patient.when(but(register, phone=given)).only()
    assert registration.phone == line
    assert but(register, guardian_phone=given).guardian_phone == line
    assert contact(phone=given).phone == line


@pytest.mark.parametrize(
    ("recorded", "given"),
    [
        ("+552798074360", "+5527998074360"),
        ("+5527998074360", "+552798074360"),
        ("+541123456789", "+5491123456789"),
        ("+5215512345678", "+525512345678"),
    ],
)
def test_a_line_that_was_recorded_in_another_spelling_is_held_still(recorded: str, given: str) -> None:
    before = identities(but(registered, phone=recorded))
    assert ("phone", recorded) in before, "so it is freed when the patient has another"
    now = identities(patient.when(but(register, phone=given)).only())
    assert ("phone", recorded) in now, "so whoever takes it meets it"


@pytest.mark.parametrize(
    ("phone", "why"),
    [
        *(
            (phone, "no letters")
            for phone in ("+55 27 99999-OOOO", "+55 27 9999I-2345", "+55 27 99999-123A", "NAO TEM")
        ),
        *((phone, "no such number") for phone in ("+55 00 99999-0000", "+5520999990000", "+55 11 11111-1111")),
        *((phone, "length|no such number") for phone in ("+55 99999-0000", "+55 27 9999-000", "+55 27 99999-00000")),
        *((phone, "country code") for phone in ("11 11111-1111", "(27) 99999-0000", "99999-0000")),
        ("+999 12345-6789", "no country has that code"),
        *((phone, "a digit is missing") for phone in ("+55 27 99812-345", "+55 (27) 98812 345")),
        *((phone, "placeholder") for phone in ("+55 27 99999-9999", "+55 11 98888-8888")),
    ],
)
def test_what_is_nobodys_phone_is_refused_with_what_is_wrong(phone: str, why: str) -> None:
    for field in ("phone", "guardian_phone"):
        with pytest.raises(ValidationError, match=why):
            but(register, **{field: phone})


@pytest.mark.parametrize(
    "phone", ["27999990000", "99999-0000", "+55", "+5527999990000000", "+999123456", "phone", "", None, 5527]
)
def test_what_is_no_phone_with_a_country_code_is_refused(phone: Any) -> None:
    with pytest.raises(ValidationError):
        but(register, phone=phone)
    with pytest.raises(ValidationError):
        contact(phone=phone)


@pytest.mark.parametrize("extension", [";ext=5", " ext 7", "x5", ",,5", " ramal 5"])
def test_a_phone_with_an_extension_is_refused(extension: str) -> None:
    """Without it the number would be everybody's in that house."""
    for field in ("phone", "guardian_phone"):
        with pytest.raises(ValidationError, match="no extension"):
            but(register, **{field: PHONE + extension})


@pytest.mark.parametrize(
    "email",
    ["maria", "maria@example", "maria silva@example.com", "a@b@c.com", "a\u00afb@example.com", "a" * 250 + "@b.co"],
)
def test_what_is_no_email_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        but(register, email=email)


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u200b", "Maria\x00", "Mar\x07ia", "Mar\x9fia", "M" * 256, 7])
def test_what_is_no_name_is_refused(name: Any) -> None:
    with pytest.raises(ValidationError):
        but(register, full_name=name)


@pytest.mark.parametrize("field", ["status", "registered_at", "actor", "tenant_id"])
def test_a_field_that_is_not_known_is_refused(field: str) -> None:
    with pytest.raises(ValidationError):
        but(register, **{field: "active"})


# Contact: absent means unchanged, null means cleared


def test_what_is_absent_stays() -> None:
    patient.given(registered).when(contact(phone=OTHER_PHONE)).then(
        updated(previous_phone=PHONE, new_phone=OTHER_PHONE)
    )


def test_null_clears() -> None:
    patient.given(registered).when(contact(email=None, cpf=None, birth_date=None)).then(
        updated(previous_email="maria.silva@example.com.br", new_email=None, new_cpf=None, new_birth_date=None)
    )


def test_an_address_is_set_and_cleared() -> None:
    patient.given(registered).when(contact(address=address)).then(updated(address=address))
    patient.given(registered, updated(address=address)).when(contact(address=None)).then(updated(address=None))
    patient.given(registered, updated(address=address)).when(contact(address=address)).then_nothing()
    patient.given(registered, updated(address=address), updated(address=None)).when(
        contact(address=None)
    ).then_nothing()


@pytest.mark.parametrize("field", ["phone", "full_name"])
def test_phone_and_name_are_never_cleared(field: str) -> None:
    with pytest.raises(ValidationError, match="not cleared"):
        contact(**{field: None})


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"phone": PHONE},
        {"full_name": "Maria Aparecida da Silva"},
        {"email": "maria.silva@example.com.br", "cpf": CPF, "birth_date": date(1985, 7, 14)},
        {"guardian_phone": None},
        {"address": None},
    ],
)
def test_what_changes_nothing_is_no_fact(same: dict[str, Any]) -> None:
    patient.given(registered).when(contact(**same)).then_nothing()


def test_only_what_differs_is_in_the_fact() -> None:
    command = contact(phone=PHONE, full_name="Maria Gonçalves", email="maria@example.com")
    patient.given(registered).when(command).then(
        updated(
            new_full_name="Maria Gonçalves",
            previous_email="maria.silva@example.com.br",
            new_email="maria@example.com",
        )
    )


def test_updates_follow_on_each_other() -> None:
    patient.given(registered, contact_updated).when(contact(phone=PHONE)).then(
        updated(previous_phone=OTHER_PHONE, new_phone=PHONE)
    )


# Identities: what nobody else in the tenant may have


def identities(*events: Any) -> set[tuple[str, str]]:
    return set(patient.given(*events).case.patient.identities)


PHONES_HELD = {("phone", PHONE), ("phone", "+552799990000")}
"""In the spelling of today, and as messengers still send it."""
EMAIL_HELD, CPF_HELD = ("email", "maria.silva@example.com.br"), ("cpf", CPF)


def test_phone_email_and_cpf_are_held() -> None:
    assert identities() == set()
    assert identities(registered) == PHONES_HELD | {EMAIL_HELD, CPF_HELD}
    assert identities(but(registered, email=None, cpf=None)) == PHONES_HELD


def test_case_does_not_make_another_email() -> None:
    assert identities(but(registered, email="Maria.Silva@Example.com.br")) == identities(registered)


def test_what_is_replaced_or_cleared_is_free_again() -> None:
    phones = {("phone", OTHER_PHONE), ("phone", "+552788887777")}
    assert identities(registered, contact_updated) == phones | {EMAIL_HELD, CPF_HELD}
    assert identities(registered, updated(new_cpf=OTHER_CPF)) == PHONES_HELD | {EMAIL_HELD, ("cpf", OTHER_CPF)}
    assert identities(registered, updated(new_email=None, new_cpf=None)) == PHONES_HELD


def test_a_status_frees_nothing() -> None:
    assert identities(registered, became_inactive) == identities(registered)
    assert identities(registered, became_suspended) == identities(registered)


def test_anonymised_frees_all() -> None:
    assert identities(registered, anonymized) == set()


def test_a_minor_may_share_a_phone_but_neither_email_nor_cpf() -> None:
    assert identities(minor_registered) == {EMAIL_HELD, CPF_HELD}


def test_who_is_found_to_be_a_minor_lets_the_phone_go_and_who_is_not_takes_it() -> None:
    young = updated(new_birth_date=date(2012, 1, 1), new_guardian_phone=GUARDIAN)
    assert not PHONES_HELD & identities(registered, young)
    assert identities(registered, young, updated(new_birth_date=date(1985, 7, 14))) >= PHONES_HELD


def test_a_minor_who_grew_up_holds_the_phone_from_the_next_update_of_phone_or_birth_date() -> None:
    born = but(registered, birth_date=date(2008, 3, 2), guardian_phone=GUARDIAN)
    day_before = but(updated(new_phone=OTHER_PHONE), updated_at=NOW - DAY)
    birthday = but(day_before, updated_at=NOW)
    assert not PHONES_HELD & identities(born)
    assert not PHONES_HELD & identities(born, but(updated(new_full_name="Maria S."), updated_at=NOW))
    assert ("phone", OTHER_PHONE) not in identities(born, day_before)
    assert ("phone", OTHER_PHONE) in identities(born, birthday)


# Preferences, medical history


def test_preferences_are_updated() -> None:
    patient.given(registered).when(update_preferences).then(preferences_updated)
    patient.given(registered, preferences_updated).when(update_preferences).then_nothing()
    other = but(preferences, communication_channel="sms")
    patient.given(registered, preferences_updated).when(UpdatePatientPreferences(communication_channel="sms")).then(
        but(preferences_updated, preferences=other)
    )


def test_a_preference_that_is_not_named_stays() -> None:
    registered_with_doctor = but(registered, preferred_doctor_id=DRA_ANA)
    expected = but(DEFAULT_PREFERENCES, reminder_enabled=False, preferred_doctor_id=DRA_ANA)
    patient.given(registered_with_doctor).when(UpdatePatientPreferences(reminder_enabled=False)).then(
        but(preferences_updated, preferences=expected)
    )
    patient.given(registered, preferences_updated).when(UpdatePatientPreferences(preferred_doctor_id=None)).then(
        but(preferences_updated, preferences=but(preferences, preferred_doctor_id=None))
    )
    patient.given(registered, preferences_updated).when(UpdatePatientPreferences()).then_nothing()


@pytest.mark.parametrize("field", ["communication_channel", "reminder_enabled", "reminder_time_before"])
def test_the_others_can_not_be_cleared(field: str) -> None:
    with pytest.raises(ValidationError, match="can be changed but not cleared"):
        UpdatePatientPreferences.model_validate({field: None})


def test_medical_history_is_updated() -> None:
    patient.given(registered).when(update_medical_history).then(medical_history_updated)
    patient.given(registered, medical_history_updated).when(update_medical_history).then_nothing()
    other = but(medical_history, allergies=())
    patient.given(registered, medical_history_updated).when(but(update_medical_history, medical_history=other)).then(
        but(medical_history_updated, medical_history=other)
    )


def test_what_is_known_of_somebodys_health_is_not_lost_by_being_left_out() -> None:
    known = patient.given(registered, medical_history_updated)
    allergies_alone = UpdatePatientMedicalHistory(medical_history=MedicalHistory(allergies=("látex",)))
    known.when(allergies_alone).then_rejected("part_left_out")
    patient.given(registered).when(allergies_alone).then(
        but(medical_history_updated, medical_history=MedicalHistory(allergies=("látex",)))
    )
    # An empty list says that there is nothing; one that was empty loses nothing.
    only_medications = but(medical_history, allergies=(), chronic_conditions=())
    known.when(but(update_medical_history, medical_history=only_medications)).then(
        but(medical_history_updated, medical_history=only_medications)
    )
    of_before = but(medical_history_updated, medical_history=only_medications)
    patient.given(registered, of_before).when(
        UpdatePatientMedicalHistory(medical_history=MedicalHistory(medications=("insulina",)))
    ).then(but(medical_history_updated, medical_history=MedicalHistory(medications=("insulina",))))


def test_a_list_of_a_medical_history_is_changed_and_the_others_stay() -> None:
    patient.given(registered, medical_history_updated).when(amend_medical_history).then(
        but(medical_history_updated, medical_history=but(medical_history, allergies=("látex",)))
    )
    patient.given(registered).when(amend_medical_history).then(
        but(medical_history_updated, medical_history=MedicalHistory(allergies=("látex",)))
    )
    same = AmendPatientMedicalHistory(medical_history=MedicalHistoryParts(allergies=("dipirona",)))
    patient.given(registered, medical_history_updated).when(same).then_nothing()
    with pytest.raises(ValidationError, match="can be changed but not cleared"):
        MedicalHistoryParts.model_validate({"medications": None})


# Status

MOVES = [
    # from, to, allowed
    ("active", "inactive", True),
    ("active", "suspended", True),
    ("inactive", "active", True),
    ("suspended", "active", True),
    ("inactive", "suspended", False),
    ("suspended", "inactive", False),
]
BECAME = {"active": [], "inactive": [became_inactive], "suspended": [became_suspended]}


@pytest.mark.parametrize(("old", "new", "allowed"), MOVES)
def test_status_moves(old: Any, new: Any, allowed: bool) -> None:
    outcome = patient.given(registered, *BECAME[old]).when(but(activate, status=new, reason="pedido"))
    if allowed:
        outcome.then(
            PatientStatusChanged(
                patient_id=MARIA,
                previous_status=old,
                new_status=new,
                reason="pedido",
                changed_at=NOW,
                changed_by="agent",
            )
        )
    else:
        outcome.then_rejected("status_move_impossible")


@pytest.mark.parametrize("status", ["active", "inactive", "suspended"])
def test_the_same_status_is_no_fact(status: str) -> None:
    patient.given(registered, *BECAME[status]).when(but(activate, status=status)).then_nothing()


# Leaving: live appointments and journeys end in the same commit

booked = [registered, scheduled, journey_started, moved_to("scheduled")]
another = but(scheduled, appointment_id=OTHER_APPOINTMENT, clinic_id=SERRA, scheduled_for=NOW + 5 * DAY)
gone = but(scheduled, appointment_id=THIRD_APPOINTMENT, scheduled_for=NOW + 6 * DAY)


@pytest.mark.parametrize(
    ("command", "fact", "reason"),
    [(deactivate, "PatientStatusChanged", "patient_inactive"), (anonymize, "PatientAnonymized", "patient_anonymized")],
)
def test_who_leaves_has_no_live_appointment_and_no_journey(command: Any, fact: str, reason: str) -> None:
    outcome = patient.given(*booked, confirmed, another, gone, but(cancelled, appointment_id=THIRD_APPOINTMENT)).when(
        command
    )
    outcome.then_in_order(fact, "AppointmentCancelled", "AppointmentCancelled", "JourneyStageChanged")
    cancellation = AppointmentCancelled(
        appointment_id=APPOINTMENT,
        patient_id=MARIA,
        clinic_id=VITORIA,
        doctor_id=DRA_ANA,
        reason=reason,
        cancelled_by="system",
        cancelled_at=NOW,
    )
    assert outcome.events[1] == cancellation
    assert outcome.events[2] == but(cancellation, appointment_id=OTHER_APPOINTMENT, clinic_id=SERRA)
    assert outcome.events[3] == but(moved_to("cancelled", previous="scheduled"), reason=reason, changed_at=NOW)
    assert outcome.case.appointments.live == []
    assert not any(journey.is_active for journey in outcome.case.journeys.values())


def test_every_clinics_journey_ends() -> None:
    elsewhere = but(journey_started, journey_id=OTHER_APPOINTMENT, clinic_id=SERRA)
    patient.given(*booked, elsewhere).when(anonymize).then_in_order(
        "PatientAnonymized", "AppointmentCancelled", "JourneyStageChanged", "JourneyStageChanged"
    )


def test_a_suspended_patient_keeps_appointments_and_journey() -> None:
    patient.given(*booked).when(suspend).then_in_order("PatientStatusChanged")


def test_who_comes_back_begins_with_nothing() -> None:
    patient.given(registered, became_inactive).when(activate).then_in_order("PatientStatusChanged")
    assert patient.given(registered, became_inactive, became_active).case.patient.status == "active"


def test_anonymised_says_who_asked_for_it_and_why() -> None:
    patient.given(registered).by("manager").when(anonymize).then(
        PatientAnonymized(patient_id=MARIA, reason="patient_request", requested_by="agent", anonymized_at=NOW)
    )


# Time: the server's clock; only an import says another


def test_only_an_import_says_when_it_happened() -> None:
    past = but(register, occurred_at=BEFORE)
    for role in ("admin", "manager", "doctor", "receptionist", "bot"):
        patient.by(role).when(past).then_rejected("time_is_not_yours_to_say")
    assert patient.by("import").when(past).only().registered_at == BEFORE
    assert patient.by("import").when(register).only().registered_at == NOW


def test_a_time_may_be_five_minutes_ahead_and_no_more() -> None:
    limit = NOW + 5 * MINUTE
    assert patient.by("import").when(but(register, occurred_at=limit)).only().registered_at == limit
    patient.by("import").when(but(register, occurred_at=limit + INSTANT)).then_rejected("time_to_come")


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError):
        but(register, occurred_at="2026-03-01T10:00:00")


# Actors: by the token's role, never from the body

ACTORS = [
    ("admin", "agent"),
    ("manager", "agent"),
    ("receptionist", "agent"),
    ("doctor", "doctor"),
    ("bot", "bot"),
    ("import", "import"),
    ("system", "system"),
]


@pytest.mark.parametrize(("role", "actor"), ACTORS)
def test_the_actor_follows_the_role(role: str, actor: str) -> None:
    assert patient.given(registered).by(role).when(suspend).only().changed_by == actor
    assert patient.given(registered).by(role).when(anonymize).only().requested_by == actor


def test_the_bot_passes_on_what_the_patient_did() -> None:
    theirs = but(suspend, on_behalf_of_patient=True)
    assert patient.given(registered).by("bot").when(theirs).only().changed_by == "patient"


@pytest.mark.parametrize("role", [role for role, _ in ACTORS if role != "bot"])
def test_only_the_bot_speaks_for_patients(role: str) -> None:
    theirs = but(suspend, on_behalf_of_patient=True)
    patient.given(registered).by(role).when(theirs).then_rejected("only_the_bot_speaks_for_patients")
