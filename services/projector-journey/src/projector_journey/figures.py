"""What the journey projector counts for the clinics' figures, as it applies the events."""

from healz.events.journey import JourneyRecovered, JourneyStageChanged
from healz.metrics.define import counter
from healz.metrics.tenants import TENANT_LABEL, TENANT_LABEL_TELLS
from healz.projection.figure import Figure, Figures

BY = "projector-journey"
LABELS = {TENANT_LABEL: TENANT_LABEL_TELLS}

AT_RISK = counter(
    "journeys.at_risk", "{journey}", by=BY, tells="Times that a patient began to drift away.", labels=LABELS
)
RECOVERED = counter(
    "journeys.recovered", "{journey}", by=BY, tells="Times that a patient at risk was won back.", labels=LABELS
)

FIGURES: Figures = {
    JourneyStageChanged: Figure(AT_RISK, lambda moved: moved.new_stage == "at_risk"),
    JourneyRecovered: Figure(RECOVERED),
}
