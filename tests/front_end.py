"""A front end without a browser. It talks to a real kernel and does what a panel needs of JupyterLab:
it keeps the models of widgets, follows ``jsdlink``, moves sliders and clicks.
"""

from __future__ import annotations

import html
import json
import os
import re
import time
from pathlib import Path

from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager

ROOT = Path(__file__).resolve().parent.parent


class FrontEnd:
    """Starts a kernel of the given Python in ``folder``.

    Parameters
    ----------
    subshell : bool
        Send widgets' messages over a subshell, as JupyterLab does: they arrive on another thread.
    answers : bool
        Whether there is a browser; without one (nbclient) nothing follows a link.
    """

    def __init__(self, python: str, folder: Path, subshell: bool = False, answers: bool = True):
        spec = {
            "argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": "test",
            "language": "python",
            "env": {"PYTHONPATH": str(ROOT), "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
        }
        kernels = folder / "kernels"
        (kernels / "test").mkdir(parents=True)
        (kernels / "test" / "kernel.json").write_text(json.dumps(spec))
        specs = KernelSpecManager(kernel_dirs=[str(kernels)])
        self.manager = KernelManager(kernel_name="test", kernel_spec_manager=specs)
        self.manager.start_kernel(cwd=str(folder), env=os.environ | spec["env"])
        self.answers, self.wants_subshell = answers, subshell
        self._connect()

    def _connect(self) -> None:
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)
        self.forget()
        self.subshell = None
        if self.wants_subshell:
            message = self.client.session.msg("create_subshell_request")
            self.client.control_channel.send(message)
            reply = self.client.control_channel.get_msg(timeout=30)
            self.subshell = reply["content"]["subshell_id"]

    def forget(self) -> None:
        """Close the page: widgets that were shown before are not followed any longer."""
        self.models: dict[str, dict] = {}
        self.frames: list[tuple[int, int]] = []
        """(run, step) of each picture, in the order in which they came."""

    def restart(self) -> None:
        """Restart the kernel, and open the page again."""
        self.client.stop_channels()
        # With ports of its own: another worker's kernel may have taken the old ones meanwhile.
        self.manager.restart_kernel(now=True, newports=True)
        self._connect()

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    # --- what a cell does -------------------------------------------------------------------------

    def run(self, code: str, seconds: float = 60) -> list[dict]:
        """Execute a cell; return its outputs."""
        number = self.client.execute(code)
        outputs: list[dict] = []
        end = time.monotonic() + seconds
        while True:
            message = self._next(end - time.monotonic())
            if message["parent_header"].get("msg_id") != number:
                continue
            if message["msg_type"] in ("display_data", "execute_result", "stream", "error"):
                outputs.append(message["content"])
            if message["content"].get("execution_state") == "idle":
                errors = [o for o in outputs if "traceback" in o]
                assert not errors, "\n".join(errors[0]["traceback"])
                return outputs

    def printed(self, code: str) -> str:
        """Execute a cell; return what it printed."""
        return "".join(output.get("text", "") for output in self.run(code))

    def until(self, predicate, seconds: float = 60) -> None:
        """Follow the messages until something is true."""
        end = time.monotonic() + seconds
        while not predicate():
            self._next(end - time.monotonic())

    def _next(self, seconds: float) -> dict:
        message = self.client.get_iopub_msg(timeout=max(seconds, 0.01))
        content = message["content"]
        if message["msg_type"] == "comm_open":
            self.models[content["comm_id"]] = dict(content["data"].get("state", {}))
        elif message["msg_type"] == "comm_msg" and content["data"].get("method") == "update":
            self._updated(content["comm_id"], content["data"]["state"])
        return message

    def _updated(self, model: str, state: dict) -> None:
        if model not in self.models:
            return
        self.models[model].update(state)
        picture = re.search(r'data-run="(\d+)" data-step="(\d+)"', str(state.get("value", "")))
        if picture:
            self.frames.append((int(picture[1]), int(picture[2])))
        for link in list(self.models.values()):
            if self.answers and link.get("_model_name") == "DirectionalLinkModel":
                source, name = link["source"]
                if source == f"IPY_MODEL_{model}" and name in state:
                    target, other = link["target"]
                    self.send(target.removeprefix("IPY_MODEL_"), {other: state[name]})

    # --- what a student does ----------------------------------------------------------------------

    def send(self, model: str, state: dict) -> None:
        """A change that was made in the browser."""
        self.models[model].update(state)
        self._message(model, {"method": "update", "state": state, "buffer_paths": []})

    def click(self, description: str) -> None:
        self._message(self.find(description), {"method": "custom", "content": {"event": "click"}})

    def _message(self, model: str, data: dict) -> None:
        message = self.client.session.msg("comm_msg", {"comm_id": model, "data": data})
        message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)

    def slide(self, description: str, by: int, panel: int = 0) -> None:
        """Move the slider beside a number box."""
        box = self.find(description, panel)
        for row in self.models.values():
            children = row.get("children") or []
            if children and children[0] == f"IPY_MODEL_{box}":
                slider = children[1].removeprefix("IPY_MODEL_")
                self.send(slider, {"value": self.models[slider]["value"] + by})

    def find(self, description: str, panel: int = 0) -> str:
        """The model with that description, in the panel of that number."""
        found = [k for k, m in self.models.items() if m.get("description") == description]
        return found[panel]

    # --- what a student sees ----------------------------------------------------------------------

    def status(self, panel: int = 0) -> str:
        """The text of the panel's status."""
        values = [str(model.get("value")) for model in self.models.values()]
        found = [value for value in values if 'role="status"' in value]
        text = re.search(r'role="status"[^>]*>(.*?)</div>', found[panel], re.S)[1]
        return html.unescape(re.sub(r"<br>", "\n", re.sub(r"</?b>", "", text)))

    def ended(self, run: int, panel: int = 0):
        """A predicate: whether that run has ended."""
        return lambda: f"Run {run} ended" in self.status(panel)
