"""JupyterLab and VS Code: a lesson opens clean, and nbgrader's Validate button answers."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from conftest import LESSONS, ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TOKEN = "a-token-for-the-tests"


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


@pytest.fixture
def lab(tmp_path):
    """The address of a JupyterLab in a folder with lesson 00, released and solved."""
    name = LESSONS[0]
    for kind in ("notebooks", "solutions"):
        (tmp_path / kind).mkdir()
        shutil.copy(ROOT / kind / name / f"{name}.ipynb", tmp_path / kind)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--port-retries=0"]
    words += [f"--IdentityProvider.token={TOKEN}", "--LabApp.expose_app_in_browser=True"]
    environment = os.environ | {
        "HOME": str(tmp_path),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
    }
    with (tmp_path / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *words],
            cwd=tmp_path, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None, (tmp_path / "lab.log").read_text()
                time.sleep(0.2)
        else:
            pytest.fail(f"JupyterLab does not answer: {(tmp_path / 'lab.log').read_text()}")
        yield address
    finally:
        server.terminate()
        try:
            server.wait(120)
        except subprocess.TimeoutExpired:
            server.kill()


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")
def test_the_validate_button_answers(lab):
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        options = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=options)
        page = browser.new_page()
        page.set_default_timeout(240_000)

        def validate(kind: str) -> str:
            page.goto(f"{lab}/lab/tree/{kind}/{LESSONS[0]}.ipynb?token={TOKEN}&reset")
            page.wait_for_function(
                "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
                " == 'idle'"
            )
            page.get_by_role("button", name="Validate").click()
            dialog = page.locator(".jp-Dialog")
            dialog.wait_for()
            return dialog.inner_text()

        assert 'check("backprop").points(6)' in validate("notebooks")
        assert "Success! Your notebook passes all the tests." in validate("solutions")
        browser.close()
