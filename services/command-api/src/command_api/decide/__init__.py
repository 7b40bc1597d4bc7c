"""What is asked of a patient, and what follows: pure, without I/O, clock or random ids.

A room for each of four nouns, and ``case.py``: all four of one patient. A decider is three values: an initial state,
``evolve(state, event)``, and ``decide(command, state, given)``.
"""
