"""Row shapes and pure folds: what projectors write and queries read."""

from typing import Literal, get_args

ReadModel = Literal["patient", "appointment", "journey"]
READ_MODELS: tuple[str, ...] = get_args(ReadModel)
"""All there are. Each is a schema in PostgreSQL that ``projector_<name>`` keeps, and a line of ``ops.checkpoints``."""
