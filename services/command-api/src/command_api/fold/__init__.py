"""Folding a patient's events, however many: cached, continued, in slices of time, and long ones in turn."""
