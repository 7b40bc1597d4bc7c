"""A patient: what happened, where their journeys stand, how they stood then, and why."""
