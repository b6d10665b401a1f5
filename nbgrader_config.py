"""nbgrader runs from this folder, with its plain commands: see README.md, "For instructors"."""

import sys
from pathlib import Path

import nbgrader
from nbconvert.preprocessors import TagRemovePreprocessor

sys.path.insert(0, str(Path(__file__).resolve().parent))  # where the package `grader` is

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "microlearn"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.ZipCollectApp.downloaded_directory = "grading/downloaded"

# The same gap in a released notebook as in the package's stub, so that `check` can tell an untouched
# answer from a wrong one.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
c.ClearSolutions.text_stub = "YOUR ANSWER HERE"

# The claims of a lesson, which hold its text to its results, stay in the solved notebook.
c.GenerateAssignment.preprocessors.prepend([TagRemovePreprocessor])
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = {"claim"}

# notebooks/ is committed. Without this, nbgrader would silently skip the notebooks that are there, and
# its gradebook would not know the assignment.
c.GenerateAssignment.force = True

# Without this, nbgrader would keep a page of feedback although a mark has changed since.
c.GenerateFeedback.force = True

# nbgrader's template calls every exercise "Test cell". Ours has their names.
c.GenerateFeedback.exporter_class = "grader.feedback.FeedbackPage"
c.FeedbackPage.template_name = "feedback_page"
c.FeedbackPage.template_file = "page.html.j2"
c.FeedbackPage.extra_template_basedirs = [
    str(Path(__file__).resolve().parent / "grader" / "templates"),
    str(Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"),
]

# Seconds for one cell when a notebook is validated. A lesson's slowest cell takes ten.
c.Execute.timeout = 120

# A submission is mended first, so that cells which were copied, deleted, moved or renamed are graded
# like any others.
c.Autograde.sanitize_preprocessors = [
    "grader.preprocessor.Normalise",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# nbgrader copies all files beside a notebook. This moves links, pipes and devices out of its way.
c.Autograde.pre_convert_hook = "grader.collect.set_aside"

# What a late submission loses: deadlines.toml says it.
c.AssignLatePenalties.plugin_class = "grader.deadlines.LatePenalty"

# Submissions are not executed. Their answers run in a sandbox and are judged outside it: no student's
# code runs where the gradebook and the solutions are.
c.Autograde.autograde_preprocessors = [
    "grader.preprocessor.JudgeAnswers",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
