"""Writes the parts of docs/*.md that can be found in the code: ``make docs``.

A page is a text that somebody wrote, with blocks that are made: types and meanings from the classes, columns from the
migrations, and what leads to what by playing the examples of the specs (tests/examples.py, tests/journey_examples.py)
through the rules and the projections.
"""
