"""Refolding: a patient's rows, made anew from their events and compared with what is there; or put in its place.

One operation carries verify, rebuild and retry: all rows of a read model are a pure function of one patient's events.
"""
