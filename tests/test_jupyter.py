"""JupyterLab and VS Code: a lesson opens clean, and nbgrader's Validate button answers."""

from __future__ import annotations

import json
import shutil

import browser
import nbformat
import pytest
from conftest import LESSONS, ROOT, needs_browser


@pytest.mark.parametrize("kind", ["notebooks", "solutions"])
@pytest.mark.parametrize("name", LESSONS)
def test_its_metadata_suits_every_editor(kind, name):
    page = json.loads((ROOT / kind / name / f"{name}.ipynb").read_text(encoding="utf-8"))
    # The kernel that every installation has, by its own name: no question which one to take. A version
    # of Python would be rewritten on opening, and the file would look changed.
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert page["metadata"]["kernelspec"] == spec
    assert page["metadata"]["language_info"] == {"name": "python"}
    assert set(page["metadata"]) == {"kernelspec", "language_info", "title"}
    # Nothing to trust: no output, and no script or style in a text.
    for cell in page["cells"]:
        assert not cell.get("outputs")
        assert set(cell["metadata"]) <= {"nbgrader", "deletable", "editable", "tags"}
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"]).lower()
            assert not any(tag in text for tag in ("<script", "<style", "<iframe", "javascript:"))
    nbformat.validate(nbformat.from_dict(page))


@pytest.mark.slow
@needs_browser
def test_the_validate_button_names_what_is_not_attempted(tmp_path):
    name = f"{LESSONS[0]}.ipynb"
    shutil.copy(ROOT / "notebooks" / LESSONS[0] / name, tmp_path)
    with browser.server(tmp_path) as address, browser.browser_window() as window:
        page = browser.Notebook(window, address, name).page
        page.get_by_role("button", name="Validate").click()
        dialog = page.locator(".jp-Dialog")
        dialog.wait_for()
        assert 'check("backprop").points(6)' in dialog.inner_text()
