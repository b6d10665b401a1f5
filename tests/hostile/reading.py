"""Answers that look for the solutions, for other people's work and for the grader's secrets."""

from __future__ import annotations

import sys
from pathlib import Path

from .answers import ROOT, answer

# If there is a text with the solution anywhere it reaches, the answer is right.
USE = """
import os, re, glob
def use(text):
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if "BEGIN SOLUTION" in text and "def mean_squared_error" in text:
        scope = {}
        exec(text, scope)
        return scope["mean_squared_error"]
def read(path):
    try:
        with open(path, "rb") as file:
            return use(file.read(10_000_000))
    except (OSError, SyntaxError, KeyError):
        pass
def first(paths):
    for path in paths:
        found = read(path)
        if found:
            return found
    return lambda y, prediction: 0.0
def walk(*tops):
    for top in tops:
        for folder, folders, files in os.walk(top):
            folders[:] = [f for f in folders if f not in ("proc", "sys")]
            for name in files:
                if name.endswith((".py", ".ipynb", ".json", ".pyc", ".db")) or "." not in name:
                    yield os.path.join(folder, name)
"""


def using(paths: str) -> str:
    """An answer that uses the first solution it finds in those paths."""
    return f"""{USE}
def mean_squared_error(y, prediction):
    return first({paths})(y, prediction)
"""


@answer()
def the_solution_by_its_path():
    return using(repr([str(ROOT / "solutions" / "mean_squared_error.py")]))


@answer()
def the_solution_from_where_the_package_is():
    return f"""{USE}
import microlearn
from microlearn.exercises import SOLUTIONS
course = os.path.dirname(os.path.dirname(microlearn.__file__))
found = first(glob.glob(f"{{SOLUTIONS}}/**/*", recursive=True)
              + glob.glob(f"{{course}}/**/mean_squared*", recursive=True))
def mean_squared_error(y, prediction):
    return found(y, prediction)
"""


@answer()
def the_solution_from_every_other_process():
    return using('p for k in ("root", "cwd") for p in glob.glob(f"/proc/*/{k}/**/mean_squared_error.py",'
                 " recursive=False) + glob.glob(f'/proc/*/{k}" + str(ROOT)
                 + "/solutions/mean_squared_error.py')")  # fmt: skip


@answer()
def the_solution_from_open_files():
    return using('[*glob.glob("/proc/*/fd/*"), *glob.glob("/proc/*/task/*/fd/*"), "/dev/stdin"][:0] or '
                 '[p for p in glob.glob("/proc/[0-9]*/map_files/*")]')  # fmt: skip


@answer()
def the_solution_by_import():
    return """
    import importlib
    def mean_squared_error(y, prediction):
        for name in ("solutions.mean_squared_error", "autograde_tests.mean_squared_error"):
            try:
                return importlib.import_module(name).mean_squared_error(y, prediction)
            except (ImportError, AttributeError):
                pass
        from microlearn.exercises import get_exercise
        return get_exercise("mean_squared_error")(y, prediction)
    """


@answer()
def the_solution_from_anywhere_on_the_disk():
    return f"""{USE}
found = first(walk({str(ROOT)!r}, "/home", "/root/work", "/var", "/opt", "/srv", "/tmp", "/mnt", "/etc"))
def mean_squared_error(y, prediction):
    return found(y, prediction)
"""


# Where the answer is about what can be seen, "nothing" is the number 0.5, and the report shows it.
def seeing(expression: str, before: str = "") -> str:
    """An answer that says 0.5 where the expression is false, and 7 where it is true."""
    return f"""
import os, glob, gc, sys
{before}
def mean_squared_error(y, prediction):
    return 7.0 if ({expression}) else 0.5
"""


@answer(shut=True)
def the_hidden_tests():
    return seeing(f"os.path.exists({str(ROOT / 'autograde_tests')!r})")


@answer(shut=True)
def the_history_of_the_course():
    return seeing(
        f"os.path.exists({str(ROOT / '.git')!r}) or glob.glob('/**/.git', recursive=False)"
    )


@answer(shut=True)
def the_gradebook_and_the_other_submissions():
    # The course itself, or its Python, may lie in /tmp; nothing else from there may be seen.
    shown = [Path(p) for p in (ROOT, sys.prefix, sys.base_prefix)]
    known = {str(Path(*p.parts[:3])) for p in shown if p.is_relative_to("/tmp")}
    return seeing(
        f"glob.glob({str(ROOT)!r} + '/*.db') or os.path.exists({str(ROOT / 'grading')!r})"
        f" or set(glob.glob('/tmp/*')) - {known or set()!r}"
    )


@answer(shut=True)
def the_home_and_the_accounts():
    return seeing(
        "[p for p in ('/etc/passwd', '/etc/shadow', '/home', '/root/.ssh', '/root/.bashrc', '/var')"
        " if os.path.exists(p)] or glob.glob('/root/.[a-oq-z]*')"
    )


@answer(shut=True)
def the_environment_of_the_grader():
    # test_hostile.py puts this variable there.
    return seeing(
        "'MICROLEARN_CANARY' in os.environ or any(b'CANARY' in open(p, 'rb').read()"
        " for p in glob.glob('/proc/[0-9]*/environ') if os.access(p, os.R_OK))"
    )


@answer(shut=True)
def the_processes_of_the_machine():
    return seeing("len(glob.glob('/proc/[0-9]*')) > 3 or os.getppid() > 2")


@answer("kolen_pollack")
def the_text_of_the_reference_that_it_may_call():
    return """
    import gc, sys
    def texts():
        frame = sys._getframe()
        while frame:
            yield from (v for v in frame.f_locals.values())
            frame = frame.f_back
        for thing in gc.get_objects():
            if isinstance(thing, (list, tuple)):
                yield from (v for v in thing if isinstance(v, str))
            elif isinstance(thing, dict):
                yield from (v for v in list(thing.values()) if isinstance(v, str))
    def kolen_pollack(network, x, y, loss, feedback, decay):
        for text in texts():
            if isinstance(text, str) and "".join(["def feedback", "_alignment"]) in text:
                raise ValueError("found it: " + text[-200:])
        raise ValueError("nothing")
    """


@answer()
def the_reference_from_frames_and_objects():
    return """
    import gc, sys
    def known():
        for frame in sys._current_frames().values():
            while frame:
                yield from frame.f_locals.values()
                frame = frame.f_back
        yield from gc.get_objects()
    def mean_squared_error(y, prediction):
        for found in known():
            name = getattr(found, "__name__", "")
            if name in ("mean_squared_error", "right", "reference") and found is not mean_squared_error:
                try:
                    return float(found(y, prediction))
                except Exception:
                    pass
        return 0.0
    """
