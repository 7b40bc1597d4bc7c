"""FHIR R4 resources as JSON, of what is known of a patient or an appointment."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

CPF = "http://rnds.saude.gov.br/fhir/r4/NamingSystem/cpf"
APPOINTMENT_REASON = "http://terminology.hl7.org/CodeSystem/v2-0276"
RELATIONSHIP = "http://terminology.hl7.org/CodeSystem/v2-0131"
KINDS = {"first_visit": "ROUTINE", "follow_up": "FOLLOWUP", "return": "FOLLOWUP", "emergency": "EMERGENCY"}


def patient(patient_id: str, said: dict[str, Any]) -> dict[str, Any]:
    telecom = [
        {"system": system, "value": said[name]}
        for system, name in (("phone", "phone"), ("email", "email"))
        if said.get(name)
    ]
    guardian = {
        "relationship": [{"coding": [{"system": RELATIONSHIP, "code": "N", "display": "Next-of-Kin"}]}],
        "telecom": [{"system": "phone", "value": said.get("guardian_phone")}],
    }
    address = said.get("address")
    return without_nothing(
        resourceType="Patient",
        id=patient_id,
        active=said["active"],
        identifier=[{"system": CPF, "value": said["cpf"]}] if said.get("cpf") else None,
        name=[{"text": said["full_name"]}] if said.get("full_name") else None,
        telecom=telecom,
        birthDate=said.get("birth_date"),
        address=[postal(address)] if address else None,
        contact=[guardian] if said.get("guardian_phone") else None,
        link=[{"other": {"reference": f"Patient/{said['merged_into']}"}, "type": "replaced-by"}]
        if "merged_into" in said
        else None,
    )


def postal(address: dict[str, Any]) -> dict[str, Any]:
    return without_nothing(
        line=[f"{address['street']}, {address['number']}", *filter(None, [address.get("complement")])],
        district=address["neighborhood"],
        city=address["city"],
        state=address["state"],
        postalCode=address["zip_code"],
        country="BR",
    )


def schedule(visit: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Schedule",
        "id": schedule_id(visit),
        "active": True,
        "actor": [practitioner(visit), location(visit)],
    }


def slot(visit_id: str, visit: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Slot",
        "id": visit_id,
        "schedule": {"reference": f"Schedule/{schedule_id(visit)}"},
        "status": "busy",
        "start": visit["begins"],
        "end": ends(visit),
    }


def appointment(visit_id: str, visit: dict[str, Any]) -> dict[str, Any]:
    comes = {
        "actor": {"reference": f"Patient/{visit['patient_id']}"},
        "status": "accepted" if visit["yes"] else "needs-action",
    }
    return without_nothing(
        resourceType="Appointment",
        id=visit_id,
        status=visit["status"],
        appointmentType={"coding": [{"system": APPOINTMENT_REASON, "code": KINDS[visit["appointment_type"]]}]},
        start=visit["begins"],
        end=ends(visit),
        minutesDuration=visit["duration"],
        created=visit["created"],
        slot=[{"reference": f"Slot/{visit_id}"}] if visit["status"] != "cancelled" else None,
        participant=[
            comes,
            {"actor": practitioner(visit), "status": "accepted"},
            {"actor": location(visit), "status": "accepted"},
        ],
    )


def practitioner(visit: dict[str, Any]) -> dict[str, Any]:
    identifier = {"system": "urn:healz:doctor", "value": visit["doctor_id"]}
    return {"type": "Practitioner", "identifier": identifier, "display": visit["doctor_name"]}


def location(visit: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Location", "identifier": {"system": "urn:healz:clinic", "value": visit["clinic_id"]}}


def schedule_id(visit: dict[str, Any]) -> str:
    """A doctor's in a clinic; both ids together are too long for FHIR."""
    return str(uuid5(UUID(visit["clinic_id"]), visit["doctor_id"]))


def ends(visit: dict[str, Any]) -> str:
    return (datetime.fromisoformat(visit["begins"]) + timedelta(minutes=visit["duration"])).isoformat()


def without_nothing(**fields: Any) -> dict[str, Any]:
    """FHIR has neither null nor empty lists."""
    return {name: value for name, value in fields.items() if value not in (None, [])}
