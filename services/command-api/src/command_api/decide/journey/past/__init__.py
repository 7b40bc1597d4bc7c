"""A patient's journeys as they are told by events: the fold, and what it keeps."""
