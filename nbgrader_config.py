"""nbgrader runs from this folder, with its plain commands: see README.md, "For instructors"."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # for the grader, and for nothing else

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "microlearn"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"

# The same gap in a released notebook as in the package's stub, which is how an untouched answer is
# told from a wrong one.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
c.ClearSolutions.text_stub = "YOUR ANSWER HERE"

# notebooks/ is committed. Without this, nbgrader would skip what is there already, say nothing of it,
# and know of no assignment when it comes to grading.
c.GenerateAssignment.force = True

# Feedback, too, is made anew each time: nbgrader would keep pages from before a mark was changed.
c.GenerateFeedback.force = True

# In seconds, for one cell, when a notebook is validated. A lesson's slowest cell takes ten.
c.Execute.timeout = 120

# A submission is mended first: cells that were copied, deleted, moved or renamed grade like any others.
c.Autograde.sanitize_preprocessors = [
    "grader.preprocessor.Normalise",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# nbgrader copies whatever lies beside a notebook. Links, pipes and devices are moved out of its way.
c.Autograde.pre_convert_hook = "grader.collect.set_aside"

# Submissions are not executed. Their answers run in a sandbox and are judged outside it, so that no
# student's code ever runs where the gradebook and the solutions are.
c.Autograde.autograde_preprocessors = [
    "grader.preprocessor.JudgeAnswers",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
