"""Reads the topic and writes FHIR R4: Patient, Schedule, Slot and Appointment as NDJSON, a folder for each tenant.

The models are those of `fhir.resources.R4B`; R4B (4.3) changed nothing in these four of R4 (4.0.1). Each resource is
validated before it is written. It starts from the beginning each time and keeps no checkpoint; the files appear whole.

Who was anonymised keeps their id and nothing else. Free slots aren't known here: hours are no events.
"""

import os
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.schedule import Schedule
from fhir.resources.R4B.slot import Slot

import fhir_resources as fhir
from cluster import client, ended, parser
from topic_log import Checkpoint, Envelope, TopicLog, told

STATUS = {
    "AppointmentScheduled": "booked",
    "AppointmentConfirmed": "booked",
    "AppointmentRescheduled": "booked",
    "AppointmentArrived": "arrived",
    "AppointmentCancelled": "cancelled",
    "AppointmentMarkedAsNoShow": "noshow",
    "AppointmentCompleted": "fulfilled",
}
RIGHT_STATUS = {
    "scheduled": "booked",
    "confirmed": "booked",
    "cancelled": "cancelled",
    "no_show": "noshow",
    "completed": "fulfilled",
}
SAYS_YES = {"AppointmentConfirmed", "AppointmentArrived", "AppointmentCompleted"}
OF_A_PERSON = ("full_name", "phone", "email", "birth_date", "cpf", "guardian_phone", "address")
RESOURCES: dict[str, Any] = {"Patient": Patient, "Schedule": Schedule, "Slot": Slot, "Appointment": Appointment}


@dataclass
class Clinics:
    """What is known of one tenant: the newest of each field, by the names in the events."""

    patients: dict[str, dict[str, Any]] = field(default_factory=dict)
    appointments: dict[str, dict[str, Any]] = field(default_factory=dict)

    def see(self, event: Envelope) -> None:
        if event["aggregate_type"] == "Patient":
            self._patient(event["event_type"], event["patient_id"], event["event_data"])
        elif event["aggregate_type"] == "Appointment":
            self._appointment(event["event_type"], event["aggregate_id"], event["event_data"])

    def _patient(self, kind: str, patient_id: str, data: dict[str, Any]) -> None:
        patient = self.patients.setdefault(patient_id, {"active": True})
        match kind:
            case "PatientRegistered":
                patient |= {name: data.get(name) for name in OF_A_PERSON}
            case "PatientContactUpdated":
                # Only what changed is there; null means that it is cleared.
                patient |= {name: data[f"new_{name}"] for name in OF_A_PERSON if f"new_{name}" in data}
                patient |= {"address": data["address"]} if "address" in data else {}
            case "PatientStatusChanged":
                patient["active"] = data["new_status"] == "active"
            case "PatientAnonymized":
                patient |= dict.fromkeys(OF_A_PERSON) | {"active": False}
            case "PatientMerged":
                patient |= {"merged_into": data["merged_into"], "active": False}

    def _appointment(self, kind: str, appointment_id: str, data: dict[str, Any]) -> None:
        appointment = self.appointments.setdefault(appointment_id, {})
        appointment |= {name: value for name, value in data.items() if name in ("patient_id", "clinic_id", "doctor_id")}
        if kind in ("AppointmentScheduled", "AppointmentChanged"):
            appointment |= {name: data[name] for name in ("doctor_name", "duration", "appointment_type")}
        match kind:
            case "AppointmentScheduled":
                appointment |= {"begins": data["scheduled_for"], "created": data["scheduled_at"]}
            case "AppointmentRescheduled":
                appointment |= {"begins": data["new_scheduled_for"]}
            case "AppointmentOutcomeCorrected":
                right = data["right_status"]
                appointment |= {"status": RIGHT_STATUS[right], "yes": right in ("confirmed", "completed")}
        if kind in STATUS:
            appointment |= {"status": STATUS[kind], "yes": kind in SAYS_YES}

    def resources(self) -> dict[str, list[dict[str, Any]]]:
        """{type: resources}, as JSON."""
        # A merged record's past is told again as that of the record which goes on.
        visits = {
            visit_id: visit
            for visit_id, visit in self.appointments.items()
            if "merged_into" not in self.patients.get(visit["patient_id"], {})
        }
        return {
            "Patient": [fhir.patient(patient_id, said) for patient_id, said in self.patients.items()],
            "Schedule": list({fhir.schedule_id(visit): fhir.schedule(visit) for visit in visits.values()}.values()),
            "Slot": [
                fhir.slot(visit_id, visit) for visit_id, visit in visits.items() if visit["status"] != "cancelled"
            ],
            "Appointment": [fhir.appointment(visit_id, visit) for visit_id, visit in visits.items()],
        }


def main() -> int:
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path)
    asked = arguments.parse_args()
    log = TopicLog(client(asked), asked.topic, asked.group, Checkpoint())
    tenants: defaultdict[str, Clinics] = defaultdict(Clinics)
    try:
        for events in log.batches(10_000, 1.0, follow=asked.follow):
            for event in events:
                tenants[event["tenant_id"]].see(event)
            if asked.follow:
                write(asked.folder, tenants)
        write(asked.folder, tenants)
    finally:
        log.close()
    return told(log.holes)


def write(folder: Path, tenants: dict[str, Clinics]) -> None:
    """Raises pydantic.ValidationError where a resource is none."""
    for tenant, clinics in tenants.items():
        (folder / tenant).mkdir(parents=True, exist_ok=True)
        for kind, resources in clinics.resources().items():
            file = folder / tenant / f"{kind}.ndjson"
            unfinished = file.with_suffix(".unfinished")
            lines = [RESOURCES[kind].model_validate(resource).model_dump_json() for resource in resources]
            unfinished.write_text("".join(f"{line}\n" for line in lines))
            os.replace(unfinished, file)


if __name__ == "__main__":
    sys.exit(ended(main))
