"""A patient's journeys, folded from the events."""
