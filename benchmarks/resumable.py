"""Runs that go on where they were stopped: each is kept at the end of every epoch."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np

from microlearn.training import Training

KEPT = Path(__file__).resolve().parent.parent / "build" / "recordings"


def run_to(
    run: Training,
    epochs: int,
    path: Path,
    within: Callable[[int], AbstractContextManager] = lambda epoch: nullcontext(),
) -> None:
    """Bring a run that has just been made to that epoch, from where it was kept.

    Each epoch, by its number from 0, runs ``within`` a context of its own.
    """
    _take_up(run, path)
    while run.number < epochs * run.batches_per_epoch:
        with within(run.number // run.batches_per_epoch):
            for _ in range(run.batches_per_epoch):
                next(run)
        _keep(run, path)
        row = run.rows[-1]
        print(
            f"{path.parent.name}, {path.stem}, epoch {row['epoch']:g}: {row['test_accuracy']:.2%}, "
            f"{row['seconds']:.0f} s",
            flush=True,
        )


def read(path: Path) -> tuple[list[dict], dict[str, np.ndarray]]:
    """The rows of a run that was kept, and its arrays by name: ``weights_0``, ..."""
    with np.load(path) as kept:
        return json.loads(str(kept["told"]))["rows"], {name: kept[name] for name in kept.files}


def _arrays_of(run: Training) -> dict[str, np.ndarray]:
    """All arrays that change as a run goes on."""
    found = {"weights": run.network.weights, "velocity": run._sgd.velocity}
    found |= run.state | {f"velocity_{name}": sgd.velocity for name, sgd in run._state_sgd.items()}
    return {
        f"{name}_{layer}": array
        for name, arrays in found.items()
        for layer, array in enumerate(arrays)
        if array is not None
    }


def _streams(run: Training) -> dict[str, np.random.BitGenerator]:
    return {"order": run._order.bit_generator, "noise": run._noise.bit_generator}


def _keep(run: Training, path: Path) -> None:
    """Write down where a run stands, at the end of an epoch."""
    path.parent.mkdir(parents=True, exist_ok=True)
    streams = {name: stream.state for name, stream in _streams(run).items()}
    which = {"rule": run.rule.name, "seed": run.seed, **run.knobs}
    told = {"rows": [which | row for row in run.rows], "number": run.number, **streams}
    draft = path.with_suffix(".draft.npz")
    np.savez(draft, told=json.dumps(told, default=np.ndarray.tolist), **_arrays_of(run))
    os.replace(draft, path)


def _take_up(run: Training, path: Path) -> None:
    """Bring a run that has just been made to where it was kept."""
    if not path.is_file():
        return
    rows, kept = read(path)
    list.__setitem__(run.rows, slice(None), rows)  # a run lets nobody else change them
    told = json.loads(str(kept["told"]))
    for name, array in _arrays_of(run).items():
        array[...] = kept[name]
    run._number = told["number"]
    run._seconds = run.rows[-1]["seconds"]
    for name, stream in _streams(run).items():
        state = told[name]["state"]
        state |= {key: np.array(v, np.uint64) for key, v in state.items() if isinstance(v, list)}
        stream.state = told[name]
