"""Submissions that would like more points than their code has earned, and some that are only broken.

``answers`` holds what a hostile case is made of. The cases themselves are in ``forgeries``, ``python``,
``reading`` and ``resources`` (one answer each), in ``notebooks`` and ``files`` (whole submissions,
graded in one batch beside honest neighbours) and in ``neighbours`` (pairs of answers in one box, and
names of files that claim another student). Each says what it may earn. To add one, write a function into
the module where it belongs; ``test_hostile.py`` finds it.
"""
