"""The instructor's side: a student's answer runs in a sandbox, and is judged outside.

One answer: ``judge`` decides, ``sandbox`` starts the box, in a ``cgroup`` where there is one; ``inside``
runs there, and gives up its ``rights``, what ``landlock`` hides and what ``seccomp`` forbids. ``wire``
carries plain arrays between the two, and ``cells`` finds the code that an answer needs, from what
``effects`` reads in each statement.

One submission: ``notebooks`` reads it and ``mending`` mends it, with what ``releases`` knows of earlier
releases, and ``disarming`` makes it harmless to look at; ``submission`` grades it with the draws that
``secret`` decides, and ``preprocessor`` plugs the same into nbgrader.

A class: ``downloads`` opens what a platform gives, ``collect`` finds the submissions in it, with the
help of ``platforms`` and of the ``roster``, and ``handed_in`` remembers what was said about them;
``course`` is the folder in which all this happens; ``runner`` grades, in ``workers`` that have
``loaded`` what they need, ``records`` writes down,
``deadlines`` subtracts for lateness, ``report`` sums up, with ``changes`` and ``similar``; ``feedback``
goes back, and ``term`` adds up.
"""
