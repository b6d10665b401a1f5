"""A notebook in a real browser: what the tests of the panels and ``benchmarks/slider.py`` share.

Starts JupyterLab, or the classic Notebook 6 of another Python, for this machine alone, opens a
notebook in Chromium and runs it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
ARGUMENTS = """
    --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync
"""
HARMLESS = ("favicon", "service-worker")


def chromium() -> str | None:
    """Where Chromium is on this machine."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


@contextmanager
def server(folder: Path, python: str = sys.executable, classic: bool = False) -> Iterator[str]:
    """A Jupyter server over ``folder``; yields its address.

    Raises
    ------
    ValueError
        If ``classic``, and that Python has another Notebook than version 6.
    """
    if classic:
        ask = [python, "-c", "import notebook; print(notebook.__version__)"]
        version = subprocess.run(ask, capture_output=True, text=True).stdout.strip()
        if not version.startswith("6."):
            raise ValueError(
                f"{python} has {f'Notebook {version}' if version else 'no Notebook'}, and the classic "
                "one is version 6. `make colab-env` makes an environment that has it."
            )
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    home = folder / ".jupyter_home"  # it reads no settings of the user, and leaves nothing behind
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    if classic:
        app, owner = ["notebook"], "NotebookApp"
    else:
        app, owner = ["jupyterlab", "--LabApp.expose_app_in_browser=True"], "ServerApp"
        app.append(f"--config={ROOT / 'jupyter_server_config.py'}")  # as `make lab` does
        # Its first-start question would cover the panel.
        settings = home / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    arguments = [
        f"--{owner}.{option}"
        for option in (
            "ip=127.0.0.1",
            f"port={port}",
            "open_browser=False",
            "allow_root=True",
            "token=",
            "password=",
        )
    ]
    log = (folder / "server.log").open("w")
    process = subprocess.Popen(
        [python, "-m", *app, *arguments], cwd=folder, env=environment, stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(lambda: urlopen(f"{address}/api").status == 200, 60, folder / "server.log")
        yield address
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _wait_for(ready, seconds: float, log: Path | None = None) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if ready():
                return
        except OSError:
            pass
        if time.monotonic() > end:
            raise TimeoutError(log.read_text()[-2000:] if log else f"not within {seconds} s")
        time.sleep(0.2)


class Notebook:
    """A notebook open in a page; ``errors`` holds the errors of the browser's console."""

    def __init__(self, window, address: str, name: str, classic: bool = False) -> None:
        self.page, self.classic = window.new_page(), classic
        page = self.page
        self.errors: list[str] = []
        page.on("console", self._console)
        page.on("dialog", lambda dialog: dialog.accept())  # "leave this page?"
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        if classic:
            page.goto(f"{address}/notebooks/{name}")
            ready = """() => {
                const notebook = window.Jupyter?.notebook;
                return !!(notebook?._fully_loaded && notebook.kernel?.is_connected()
                    && !document.querySelector('.kernel_busy_icon'));
            }"""
        else:
            page.goto(f"{address}/lab/tree/{name}?reset")
            ready = """() => {
                const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
                return kernel?.connectionStatus === 'connected' && kernel?.status === 'idle';
            }"""
        _wait_for(lambda: page.evaluate(ready), 90)
        if not classic:  # the server remembers the theme of the last window
            dark = page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches")
            theme = f"JupyterLab {'Dark' if dark else 'Light'}"
            if page.evaluate("() => document.body.dataset.jpThemeName") != theme:
                self.command("apputils:change-theme", {"theme": theme})
                self.wait_for(f"document.body.dataset.jpThemeName === '{theme}'")

    def _console(self, message) -> None:
        if message.type == "error" and not any(word in message.text for word in HARMLESS):
            self.errors.append(message.text)

    def run_all(self, seconds: float = 240) -> None:
        """Run every cell and wait for the last to finish."""
        if self.classic:
            self.page.evaluate("() => window.Jupyter.notebook.execute_all_cells()")
            idle = "() => !document.querySelector('.code_cell.running')"
            time.sleep(1)
            _wait_for(lambda: self.page.evaluate(idle), seconds)
        else:
            self.command("notebook:run-all-cells")

    def shut_down(self) -> None:
        """End the notebook's kernel, and leave the page."""
        if self.classic:
            self.page.evaluate("() => window.Jupyter.notebook.session.delete()")
        else:
            self.page.evaluate(
                "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"
            )
        self.page.close()

    def command(self, name: str, arguments: dict | None = None) -> None:
        """One of JupyterLab's commands."""
        self.page.evaluate(
            "([name, given]) => window.jupyterapp.commands.execute(name, given)",
            [name, arguments or {}],
        )

    def wait_for(self, predicate: str, seconds: float = 60) -> None:
        """Wait until a JavaScript expression is true."""
        _wait_for(lambda: self.page.evaluate(f"() => !!({predicate})"), seconds)


@contextmanager
def browser_window(dark: bool = False) -> Iterator:
    """A window of Chromium whose pages have 1280 × 800 pixels; JupyterLab is dark if asked."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS.split())
        yield started.new_context(
            viewport={"width": 1280, "height": 800}, color_scheme="dark" if dark else "light"
        )
        started.close()
