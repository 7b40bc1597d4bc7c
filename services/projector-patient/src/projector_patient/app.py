"""The process: projector-patient."""

from healz.projection.process import run
from projector_patient.read_model import PROJECTION


def main() -> None:
    """Entry point; settings as in ``healz.projection.settings``."""
    run(PROJECTION)
