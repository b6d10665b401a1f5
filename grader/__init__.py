"""The instructor's side: a student's answer runs in a sandbox, and is judged outside.

``judge`` decides, ``sandbox`` starts the box, ``driver`` runs inside it, ``wire`` carries plain arrays
between the two, ``cells`` finds the code that an answer needs, and ``preprocessor`` plugs all of it
into nbgrader.
"""
