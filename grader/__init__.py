"""The instructor's side: a student's answer runs in a sandbox, and is judged outside.

One answer: ``judge`` decides, ``sandbox`` starts the box and ``seccomp`` locks it, ``inside`` runs
there, ``wire`` carries plain arrays between the two, and ``cells`` finds the code that an answer needs,
from what ``effects`` reads in each statement.

One submission: ``notebooks`` reads and mends it, ``submission`` grades it with the draws that
``secret`` decides, and ``preprocessor`` plugs the same into nbgrader.

A class: ``collect`` finds the submissions, with the help of ``platforms``; ``course`` is the folder in
which all this happens; ``runner`` grades, ``records`` writes down, ``report`` sums up.
"""
