"""The facts that a right answer obeys: one module for each exercise.

Each module has its facts (:mod:`microlearn.checking.facts`) and ``HINTS``, three steps from a question
to think about to nearly the line. Where an exercise has them, ``SLIPS`` names wrong answers
(:mod:`microlearn.laws.slips`), ``draw(rng)`` gives arguments that are not those of a rule
(:mod:`microlearn.laws.inputs`), ``GIVE`` is how far an answer may be off in its own unit, and ``EXACT``
how near, relative, two right searches for the same numbers come. What several checks share is in
:mod:`microlearn.laws`.
"""
