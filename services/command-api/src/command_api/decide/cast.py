"""Who the examples are about: the same people, places and days in all of them."""

from command_api.decide.times import DEFAULT_TIME_ZONE

PATIENT = "01900000-0000-7000-8000-0000000000a1"
OTHER_PATIENT = "01900000-0000-7000-8000-0000000000a2"
APPOINTMENT = "01900000-0000-7000-8000-0000000000b1"
REMINDER = "01900000-0000-7000-8000-0000000000b2"
CLINIC = "01900000-0000-7000-8000-0000000000c1"
DOCTOR = "01900000-0000-7000-8000-0000000000d1"
JOURNEY = "01900000-0000-7000-8000-0000000000e1"
CONVERSATION = "01900000-0000-7000-8000-0000000000f1"
MESSAGE = "01900000-0000-7000-8000-0000000000f2"
AGENT = "01900000-0000-7000-8000-000000000011"
TENANT = "01900000-0000-7000-8000-000000000022"
EVENT = "01950000-0000-7000-8000-0000000000e1"
CORRELATION = "01950000-0000-7000-8000-0000000000aa"

PATIENT_NAME = "Maria da Silva"
PATIENT_PHONE = "+5527999990000"
CLINIC_NAME = "Clínica Goiabeiras"
DOCTOR_NAME = "Dra. Ana Conceição"
ZONE = DEFAULT_TIME_ZONE
ADDRESS = {
    "street": "Avenida Fernando Ferrari",
    "number": "514",
    "complement": "Sala 302",
    "neighborhood": "Goiabeiras",
    "city": "Vitória",
    "state": "ES",
    "zip_code": "29075910",
}
MEDICAL_HISTORY = {
    "allergies": ["dipyrone"],
    "chronic_conditions": ["hypertension"],
    "medications": ["losartan 50 mg"],
}

IDS = {
    "patient_id": PATIENT,
    "appointment_id": APPOINTMENT,
    "clinic_id": CLINIC,
    "doctor_id": DOCTOR,
    "journey_id": JOURNEY,
    "conversation_id": CONVERSATION,
}
"""By the name of the path's parameter."""
