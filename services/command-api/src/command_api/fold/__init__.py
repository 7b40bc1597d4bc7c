"""Folds of a patient's events, however many there are: kept, gone on with, in slices, and one after the other."""
