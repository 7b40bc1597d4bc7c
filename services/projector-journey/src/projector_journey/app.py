"""The process: projector-journey."""

from healz.projection.process import run
from projector_journey.read_model import PROJECTION


def main() -> None:
    """Entry point; settings as in ``healz.projection.settings``."""
    run(PROJECTION)
