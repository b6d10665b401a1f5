"""The instructor's side: a student's answer runs in a sandbox, and is judged outside.

One answer: ``judge`` decides, ``sandbox`` starts the box and ``seccomp`` locks it, ``inside`` runs
there, ``wire`` carries plain arrays between the two, and ``cells`` finds the code that an answer needs.

A class: ``collect`` finds the submissions, ``notebooks`` reads and mends them, ``submission`` grades
one, ``runner`` all of them, and ``report`` tells of it; ``preprocessor`` plugs the same into nbgrader.
"""
