"""microlearn's speed and memory beside the textbook's, PyTorch's and the machine's: ``make bench``.

Each contender lives in a process of its own, so that no library's idle threads disturb another's
and the peak of memory is its own. They take turns within one run, since machines drift; a ratio is
the median over these rounds, with its quartiles. An argument picks rows by their names:
``python benchmarks/speed.py "784-500-10 update backprop"``.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import importlib.util
import json
import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from contenders import BATCH, RULES, Microlearn, Products, TextbookRun
from threadpoolctl import threadpool_info

from microlearn import exercises
from microlearn.plots import COLOURS, INK, Picture, canvas

DOCS = Path(__file__).parents[1] / "docs"
SIZES = ((784, 500, 10), (784, 100, 10), (64, 50, 10))
TASKS = ("update", "epoch", "signal_to_noise")
CONTENDERS = ("textbook", "pytorch", "microlearn", "products")
TURN, PATIENCE, ROUNDS = 0.1, 15.0, (3, 15)
"""Seconds of a turn, at least; seconds after which a row has had enough rounds; fewest and most."""


# --- in the process of a contender ----------------------------------------------------------------


def serve(pipe: Connection, name: str, rule: str, sizes: tuple[int, int, int]) -> None:
    """Time the tasks that come down the pipe; answer with milliseconds and megabytes."""
    exercises._announce = lambda found: None  # that the references stand in for answers
    if name == "pytorch":
        from in_torch import Torch as make
    else:
        make = {"textbook": TextbookRun, "microlearn": Microlearn, "products": Products}[name]
    contender, repeats, peaks = make(rule, sizes), {}, {}
    while task := pipe.recv():
        run = getattr(contender, task)
        try:
            if task not in repeats:
                start = time.perf_counter()
                peaks[task] = peak_megabytes(run)
                first = time.perf_counter() - start
                repeats[task] = 1 if first > 1 else max(1, round(TURN / timed(run, 1)))
            answer = (1e3 * timed(run, repeats[task]), peaks[task])
        except MemoryError:
            answer = (float("nan"), float("nan"))
        settle()
        pipe.send(answer)


def settle() -> None:
    """Wait till this process rests.

    A library's idle threads go on spinning, OpenBLAS's for a tenth of a second: they would take a
    core from the contender whose turn comes next.
    """
    while True:
        before = time.process_time()
        time.sleep(0.03)
        if time.process_time() - before < 0.003:
            return


def timed(run: Any, repeats: int) -> float:
    """Seconds of one run, the mean of several."""
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - start) / repeats


def peak_megabytes(run: Any) -> float:
    """How far one run raises the memory of the process; nan where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        run()
        return float("nan")

    def megabytes(field: str) -> float:
        line = next(line for line in status.read_text().splitlines() if line.startswith(field))
        return int(line.split()[1]) / 1024

    ctypes.CDLL(None).malloc_trim(0)  # freed memory that the process still holds would hide a rise
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = megabytes("VmRSS")
    run()
    return megabytes("VmHWM") - before


# --- in the process that measures -----------------------------------------------------------------


@contextmanager
def contenders(rule: str, sizes: tuple[int, int, int]) -> Iterator[dict[str, Connection]]:
    """A pipe to a process for every contender that is installed."""
    spawn = multiprocessing.get_context("spawn")
    pipes, processes = {}, []
    for name in CONTENDERS:
        if name == "pytorch" and not importlib.util.find_spec("torch"):
            continue
        pipes[name], theirs = spawn.Pipe()
        processes.append(spawn.Process(target=serve, args=(theirs, name, rule, sizes)))
        processes[-1].start()
        theirs.close()
    try:
        yield pipes
    finally:
        for pipe, process in zip(pipes.values(), processes, strict=True):
            pipe.send(None)
            process.join()


def measure(task: str, pipes: dict[str, Connection]) -> dict[str, Any]:
    """One row: medians of each contender over rounds in turns, and the ratios with quartiles."""

    def turn(pipe: Connection) -> tuple[float, float]:
        pipe.send(task)
        return pipe.recv()

    peaks = {name: turn(pipe)[1] for name, pipe in pipes.items()}
    start, rounds = time.monotonic(), []
    while len(rounds) < ROUNDS[0] or (
        len(rounds) < ROUNDS[1] and time.monotonic() - start < PATIENCE
    ):
        rounds.append({name: turn(pipe)[0] for name, pipe in pipes.items()})
    ms = pd.DataFrame(rounds)
    row: dict[str, Any] = {"rounds": len(ms)}
    row |= {f"{name} ms": ms[name].median() for name in ms}
    for name in ms.columns.drop("microlearn"):
        # Times the textbook and PyTorch take; the share of our time that the products alone take.
        for q, part in ((50, ""), (25, " low"), (75, " high")):
            row[f"{name} ratio{part}"] = (ms[name] / ms.microlearn).quantile(q / 100)
    row |= {f"{name} MB": peak for name, peak in peaks.items() if name != "products"}
    return row


def about_machine() -> dict[str, Any]:
    """What the figures depend on."""
    packages = {"numpy": np.__version__}
    if importlib.util.find_spec("torch"):
        packages["torch"] = importlib.metadata.version("torch")
    blas = [f"{i['internal_api']} {i['version']}" for i in threadpool_info()]
    return {
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, {processor()}, {os.cpu_count()} cores",
        "threads": max(i["num_threads"] for i in threadpool_info()),
        "python": platform.python_version(),
        **packages,
        "blas": ", ".join(sorted(set(blas))),
        "data": "MNIST" if os.environ.get("MICROLEARN_DATA") else "enlarged digits",
        "batch": BATCH,
    }


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def table_to_read(table: pd.DataFrame) -> str:
    """The table as it is printed: ratios with their quartiles in brackets."""
    shown = table[["size", "task", "rule"]].copy()
    for name in CONTENDERS:
        if f"{name} ms" in table:
            shown[f"{name} ms"] = table[f"{name} ms"].map("{:.4g}".format)
        if f"{name} ratio" in table:
            ratios = table[[f"{name} ratio{part}" for part in ("", " low", " high")]]
            title = "share of products" if name == "products" else f"times {name}"
            shown[title] = [f"{m:.3g} ({lo:.3g} to {hi:.3g})" for m, lo, hi in ratios.to_numpy()]
    for name in CONTENDERS[:-1]:
        if f"{name} MB" in table:
            shown[f"{name} MB"] = table[f"{name} MB"].map("{:.0f}".format)
    return shown.to_string(index=False)


def picture(table: pd.DataFrame) -> Picture:
    """Times faster than the textbook and than PyTorch, a dot for each rule with its quartiles."""
    shown = [name for name in ("textbook", "pytorch") if f"{name} ratio" in table]
    with canvas(1, len(TASKS), height=4.2) as (figure, axes):
        for ax, task in zip(axes[0], TASKS, strict=True):
            rows = table[table.task == task].reset_index(drop=True)
            for name, marker, colour in zip(shown, "os", (COLOURS[0], COLOURS[2]), strict=False):
                middle = rows[f"{name} ratio"]
                spread = (middle - rows[f"{name} ratio low"], rows[f"{name} ratio high"] - middle)
                ax.errorbar(
                    middle, rows.index, xerr=spread, fmt=marker, color=colour,
                    label={"textbook": "the textbook", "pytorch": "PyTorch by hand"}[name],
                )  # fmt: skip
            ax.axvline(1, color=INK, lw=1)
            ax.set(title=task.replace("_", " "), xlabel="times as long as microlearn", xscale="log")
            ax.xaxis.set_major_formatter("{x:g}")
            names = [f"{r.rule.replace('_', ' ')}  {r.size}" for r in rows.itertuples()]
            ax.set_yticks(rows.index, names if ax is axes[0, 0] else [""] * len(rows))
            ax.invert_yaxis()
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
        alt = "How many times as long as microlearn each takes, for three tasks. " + "; ".join(
            f"{name}: from {table[f'{name} ratio'].min():.2g} to {table[f'{name} ratio'].max():.3g}"
            for name in shown
        )
        return Picture(figure, alt + ".")


def main(only: str = "") -> None:
    about, rows = about_machine(), []
    print(", ".join(f"{key}: {value}" for key, value in about.items()))
    for sizes in SIZES:
        size = "-".join(map(str, sizes))
        for rule in RULES:
            tasks = [task for task in TASKS if all(w in (size, task, rule) for w in only.split())]
            if not tasks:
                continue
            with contenders(rule, sizes) as pipes:
                for task in tasks:
                    rows.append({"size": size, "task": task, "rule": rule, **measure(task, pipes)})
                    print(f"{size} {task} {rule}: {rows[-1]['microlearn ms']:.3g} ms", flush=True)
    table = pd.DataFrame(rows).sort_values(
        ["task", "size"], key=lambda column: column.map(order), kind="stable"
    )
    print(table_to_read(table))
    if not only:
        report = {"about": about, "rows": table.round(4).to_dict("records")}
        (DOCS / "speed.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        (DOCS / "pictures" / "speed.svg").write_bytes(picture(table).svg)


def order(name: str) -> int:
    """Where a task or a size comes in the table."""
    return [*TASKS, *("-".join(map(str, sizes)) for sizes in SIZES)].index(name)


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
