"""The signal-to-noise ratio over 1,000 samples, beside the textbook's: part of ``make bench``.

784-500-10, the first layer, single samples. The textbook keeps every gradient (3.1 GB) and takes mean
and standard deviation at the end; microlearn adds up moments.
"""

from __future__ import annotations

import resource
import time

import numpy as np
import pandas as pd
from textbook import Textbook
from updates import KNOBS, SIZES, bench_data, knobs_of

from microlearn import create_network, training
from microlearn.metrics import rule_signal_to_noise

SAMPLES = 1000
RULES = ("backprop", "feedback_alignment", "node_perturbation", "weight_perturbation")


def main() -> None:
    where, data = bench_data()
    network = create_network(SIZES, "sigmoid", "sigmoid", "textbook")
    w_h, w_y = (np.ascontiguousarray(w.T, dtype=np.float64) for w in network.weights)
    book = Textbook(w_h, w_y, np.random.default_rng(0).normal(0, 0.1, (SIZES[1], SIZES[2])))
    x, y = data.train.x[:SAMPLES], data.train.y[:SAMPLES]
    columns = (
        np.ascontiguousarray(x.T, dtype=np.float64),
        np.ascontiguousarray(y.T, dtype=np.float64),
    )
    rows = []
    for rule in RULES:
        run = training(rule, data, network, batch_size=200, epochs=1, **knobs_of(rule))
        ours = []
        for _ in range(3):
            start = time.perf_counter()
            snr = rule_signal_to_noise(run.probe_update, network, x, y)
            ours.append(time.perf_counter() - start)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        method = getattr(book, rule)
        knobs = [KNOBS["noise"]] if "perturbation" in rule else []
        rows.append((rule, snr, float(np.median(ours)), peak, method, knobs))
    # The textbook's turn comes last, so that its gigabytes are not in our peak of memory.
    table = []
    for rule, snr, ours, peak, method, knobs in rows:
        start = time.perf_counter()
        book.signal_to_noise(lambda xs, ys, m=method, k=knobs: m(xs, ys, *k), *columns)
        seconds = time.perf_counter() - start
        table.append((rule, snr, seconds, ours, seconds / ours, peak))
    print(f"data: {where}; {SAMPLES} samples")
    names = ["rule", "SNR", "textbook s", "microlearn s", "ratio", "peak MB of the process so far"]
    print(pd.DataFrame(table, columns=names).round(4).to_string(index=False))


if __name__ == "__main__":
    main()
