"""A sweep of 200 points on one core and on two: how much faster?

Each run is a session of its own that has nothing on disk and no worker ready, so that the time
includes the start of the workers. The two take turns, since machines drift.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROUNDS = 3
SWEEP = """
import sys, time
from microlearn import sweep

start = time.perf_counter()
table = sweep(
    "node_perturbation", learning_rate=[0.01, 0.02, 0.05, 0.1, 0.2], noise=[0.001, 0.01, 0.1, 1],
    seeds=10, epochs=80, workers=int(sys.argv[1]), folder=sys.argv[2], progress=False,
)
seconds = time.perf_counter() - start
assert len(table) == 200 and table.error.isna().all()
print(seconds)
"""


def seconds(workers: int) -> float:
    """The wall-clock time of the sweep, from the call to the table."""
    # One BLAS thread on one core, too: it is what a sweep runs with, wherever it runs.
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", SWEEP, str(workers), folder]
        run = subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=folder, env=environment
        )
    return float(run.stdout.splitlines()[-1])


def main() -> None:
    rounds = np.array([[seconds(1), seconds(2)] for _ in range(ROUNDS)])
    ratios = rounds[:, 0] / rounds[:, 1]
    one, two = np.median(rounds, axis=0)
    figures = {
        "points": 200,
        "seconds on 1 core": one,
        "seconds on 2 cores": two,
        "ratio": float(np.median(ratios)),
        "smallest and largest ratio": [float(ratios.min()), float(ratios.max())],
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load before": os.getloadavg()[0],
    }
    for name, value in figures.items():
        print(f"{name}: {value:.3g}" if isinstance(value, float) else f"{name}: {value}")
    path = Path(__file__).parent / "results" / "sweep.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
