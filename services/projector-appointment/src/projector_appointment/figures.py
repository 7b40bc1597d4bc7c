"""What the appointment projector counts for the clinics' figures, as it applies the events."""

from healz.events.appointment import AppointmentMarkedAsNoShow, AppointmentScheduled
from healz.metrics.define import counter
from healz.metrics.tenants import TENANT_LABEL, TENANT_LABEL_TELLS
from healz.projection.figure import Figure, Figures

BY = "projector-appointment"
LABELS = {TENANT_LABEL: TENANT_LABEL_TELLS}

SCHEDULED = counter("appointments.scheduled", "{appointment}", by=BY, tells="Appointments booked.", labels=LABELS)
NO_SHOWS = counter(
    "appointments.no_shows", "{appointment}", by=BY, tells="Appointments to which nobody came.", labels=LABELS
)
FIGURES: Figures = {AppointmentScheduled: Figure(SCHEDULED), AppointmentMarkedAsNoShow: Figure(NO_SHOWS)}
