"""How long somebody waits at first: for the import, the digits, a panel, a sweep's workers and points.

Each is measured in new processes, the median of five; run it while nothing else runs:
``python benchmarks/starting.py``. With ``many`` it also runs a sweep of 10,000 points without an epoch,
once, which takes half a minute.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

BEGIN = """
import os, threading
from time import perf_counter as now, sleep

def sweep_of(**settings):
    began = now()
    sweep("backprop", epochs=0, progress=False, **settings)
    return now() - began
"""
PANEL = """
from IPython.utils.capture import capture_output
from microlearn import panel
began = now()
with capture_output():
    panel("backprop")._ipython_display_()
print(now() - began)
"""
SWEEP = """
from microlearn import load, sweep, training
digits = load()
sweep_of(seeds=[999], workers=1)  # which imports pandas and joblib
"""

WAITS = {
    "import microlearn, s": "began = now(); import microlearn; print(now() - began)",
    "the digits after the import, s": (
        "import microlearn; began = now(); microlearn.load(); print(now() - began)"
    ),
    "a panel after the import, until its run is drawn, s": PANEL,
    "two workers are there, s": (
        SWEEP + "one = sweep_of(seeds=2, workers=1); print(sweep_of(seeds=[3, 4], workers=2) - one)"
    ),
    "a point beside the run itself, ms": SWEEP
    + "began = now(); [training('backprop', digits, seed=s, epochs=0) for s in range(400)]\n"
    "alone = now() - began; print((sweep_of(seeds=400, workers=1) - alone) / 400 * 1e3)",
}
MANY = {
    "10,000 points on two workers, until the first is kept and in all, s": SWEEP
    + """
folder, began, first = os.environ["MICROLEARN_SWEEPS"], now(), []
before = len(os.listdir(folder))
def look():
    while len(os.listdir(folder)) == before:
        sleep(0.005)
    first.append(now() - began)
threading.Thread(target=look, daemon=True).start()
whole = sweep_of(width=range(2, 102), seeds=100, workers=2)
print(first[0], whole)
"""
}


def seconds(code: str) -> list[float]:
    """What a new process with this code prints in its last line."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", BEGIN + code],
            env=os.environ | {"MICROLEARN_SWEEPS": folder},
            capture_output=True,
            text=True,
            check=True,
        )
    return [float(number) for number in done.stdout.splitlines()[-1].split()]


def main() -> None:
    for what, code in WAITS.items():
        print(f"{what}: {statistics.median(seconds(code)[0] for _ in range(5)):.3g}", flush=True)
    for what, code in MANY.items() if sys.argv[1:] == ["many"] else ():
        print(f"{what}: {' and '.join(f'{number:.3g}' for number in seconds(code))}")


if __name__ == "__main__":
    main()
