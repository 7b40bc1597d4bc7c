"""The process: projector-appointment."""

from healz.projection.process import run
from projector_appointment.read_model import PROJECTION


def main() -> None:
    """Entry point; settings as in ``healz.projection.settings``."""
    run(PROJECTION)
