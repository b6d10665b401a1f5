"""One update beside the textbook's: ``make bench``.

Times an update with its bookkeeping (gather the batch, compute the update, log the batch's loss,
change the weights) of :mod:`textbook` and of microlearn, at 784-500-10 with batches of 200, in turns
within one run, since machines drift; and beside them the matrix products alone, which nothing in
numpy can beat. The table shows medians and the quartiles of the ratio.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from textbook import Textbook
from threadpoolctl import threadpool_info

import microlearn
from microlearn import create_network, load, training

SIZES, BATCH = (784, 500, 10), 200
KNOBS = {"noise": 0.1, "decay": 1e-3}
ROUNDS = 15


def bench_data() -> tuple[str, microlearn.data.Dataset]:
    """MNIST where ``MICROLEARN_DATA`` names it, else digits enlarged to its size."""
    if os.environ.get("MICROLEARN_DATA"):
        return "MNIST", load("mnist")
    return "enlarged digits", load("digits").enlarged((28, 28))


def knobs_of(rule: str) -> dict[str, float]:
    """The benchmark's settings of those knobs that the rule has."""
    known = {knob.name for knob in microlearn.get_rule(rule).knobs}
    return {name: value for name, value in KNOBS.items() if name in known}


def textbook_update(rule: str, data: microlearn.data.Dataset) -> Callable[[], None]:
    """One update of the textbook, with its bookkeeping, at each call."""
    network = create_network(SIZES, "sigmoid", "sigmoid", "textbook").astype(np.float64)
    w_h, w_y = (np.ascontiguousarray(w.T) for w in network.weights)
    rng = np.random.default_rng(0)
    book = Textbook(w_h, w_y, rng.normal(0, 0.1, (SIZES[1], SIZES[2])))
    x = np.ascontiguousarray(data.train.x.T, dtype=np.float64)
    y = np.ascontiguousarray(data.train.y.T, dtype=np.float64)
    method = getattr(book, rule)
    names = method.__code__.co_varnames[3 : method.__code__.co_argcount]
    knobs = {name: KNOBS[name] for name in names}

    def update() -> None:
        columns = rng.choice(x.shape[1], BATCH, replace=False)
        xs, ys = x[:, columns], y[:, columns]
        np.mean(book.losses(ys, book.forward(xs)[1]))
        d_h, d_y, *d_b = method(xs, ys, **knobs)
        book.w_h = book.w_h + 1e-3 * d_h
        book.w_y = book.w_y + 1e-3 * d_y
        if d_b:
            book.b = book.b + 1e-3 * d_b[0]

    return update


def our_update(rule: str, data: microlearn.data.Dataset) -> Callable[[], None]:
    """One step of microlearn's training at each call."""
    network = create_network(SIZES, "sigmoid", "sigmoid", "textbook")
    run = training(
        rule, data, network, batch_size=BATCH, epochs=1000, learning_rate=1e-3,
        measure_every=10**9, **knobs_of(rule),
    )  # fmt: skip
    return lambda: next(run)


def matrix_products(rule: str) -> Callable[[], None]:
    """The products that an update can't do without, in float32, with nothing around them."""
    rng = np.random.default_rng(0)
    n_in, n_hidden, n_out = SIZES

    def draw(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32)

    x, h, delta_h, delta_y = (
        draw(BATCH, n_in),
        draw(BATCH, n_hidden),
        draw(BATCH, n_hidden),
        draw(BATCH, n_out),
    )
    w_h, w_y = draw(n_in, n_hidden), draw(n_hidden, n_out)
    passes = 2 if rule == "weight_perturbation" else 1

    def products() -> None:
        for _ in range(passes):
            _ = x @ w_h
            _ = h @ w_y
        if rule == "weight_perturbation":
            return
        _ = h @ w_y if rule == "node_perturbation" else delta_y @ w_y.T
        _ = x.T @ delta_h
        _ = h.T @ delta_y

    return products


def milliseconds(update: Callable[[], None], repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        update()
    return 1e3 * (time.perf_counter() - start) / repeats


def measure(rule: str, data: microlearn.data.Dataset) -> dict[str, float | str]:
    """Medians over rounds in which the three take turns, and the ratio's quartiles."""
    book, ours, limit = textbook_update(rule, data), our_update(rule, data), matrix_products(rule)
    repeats = 1 if rule == "node_perturbation" else 10
    for warm in (book, ours, limit):
        warm()
    rounds = np.array(
        [
            (milliseconds(book, repeats), milliseconds(ours, 20), milliseconds(limit, 20))
            for _ in range(ROUNDS)
        ]
    )
    ratio = rounds[:, 0] / rounds[:, 1]
    low, middle, high = np.percentile(ratio, [25, 50, 75])
    textbook_ms, ours_ms, limit_ms = np.median(rounds, axis=0)
    return {
        "rule": rule,
        "textbook ms": textbook_ms,
        "microlearn ms": ours_ms,
        "ratio": middle,
        "ratio's quartiles": f"{low:.1f} to {high:.1f}",
        "products alone ms": limit_ms,
        "share of that limit": np.median(rounds[:, 2] / rounds[:, 1]),
    }


def main() -> None:
    where, data = bench_data()
    rules = [rule for rule in microlearn.rule_names() if hasattr(Textbook, rule)]
    table = pd.DataFrame([measure(rule, data) for rule in rules])
    blas = [
        f"{i['internal_api']} {i['version']}, {i['num_threads']} threads" for i in threadpool_info()
    ]
    about = {
        "data": where,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": "; ".join(blas),
    }
    print(", ".join(f"{key}: {value}" for key, value in about.items()))
    print(table.round(2).to_string(index=False))
    path = Path(__file__).parent / "results" / "updates.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"about": about, "table": table.to_dict("records")}, indent=1))


if __name__ == "__main__":
    main()
