"""The facts that a right answer obeys: one module for each exercise.

Each module has its facts (see :mod:`microlearn.checking`) and ``HINTS``, three steps from a question
to think about to nearly the line. What they share is here in ``problems`` (what is drawn afresh) and
``compare`` (what is measured, and what is said about it).
"""
