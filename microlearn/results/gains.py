"""What recorded runs say that hidden layers have learned: accuracy above layers that never learn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ..rules import CATALOGUE, Rule
from . import FOLDER, load_results

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Recording:
    """A recorded table that has the baseline of its rules.

    Attributes
    ----------
    name : str
        As :func:`microlearn.load_results` takes it.
    setting : str
        Network and training in a few words.
    """

    name: str
    setting: str

    def covers(self, rule: Rule, data: str) -> bool:
        """Whether it has the rule, as it is in the catalogue, and its baseline on these data."""
        runs = self._runs(data) if rule is CATALOGUE.get(rule.name) else {}
        return rule.name in runs and baseline_of(rule).name in runs

    def gains(self, rule: Rule, data: str) -> tuple[list[float], float] | None:
        """How much more of the test set is right than with frozen hidden layers.

        Returns
        -------
        list of float
            For each seed that both have, the difference at the last epoch that both have, as a share.
            For a baseline it is what this reaches.
        float
            That epoch, the smallest over the seeds.

        None if it has no such runs.
        """
        if not self.covers(rule, data):
            return None
        runs, baseline = self._runs(data), baseline_of(rule)
        reached = runs[rule.name]
        if rule.name != baseline.name:
            reached = (reached - runs[baseline.name]).dropna()
        ends = reached.sort_index().groupby("seed").tail(1)
        return (
            (list(ends), float(ends.index.get_level_values("epoch").min())) if len(ends) else None
        )

    def _runs(self, data: str) -> dict[str, pd.Series]:
        """The accuracy on the test set of each rule, by seed and epoch; empty without such a file."""
        return _accuracies(self.name, data) if (FOLDER / f"{self.name}.csv").is_file() else {}


RECORDINGS = (
    Recording("every_rule", "one hidden layer, each rule's rate tuned"),
    Recording("kernels_part", "one convolution, rates tuned, on a part of the images"),
    Recording("kernels_digits", "one convolution, rates tuned, on digits enlarged to 16 × 16"),
    Recording("mnist_deep", "784-3×400-10, rates and scales tuned"),
    Recording("mnist_tuned", "784-500-10, rates and scales tuned"),
    Recording("mnist_mirror", "784-500-10, published settings"),
    Recording("mnist_pepita", "784-1024-10, published settings"),
    Recording("mnist_targets", "784-5×256-10, rates tuned"),
)
"""Where results are looked for."""


def baseline_of(rule: Rule) -> Rule:
    """The rule that leaves the hidden layers of such a network as they were drawn."""
    return next(r for r in CATALOGUE.values() if r.output_only and r.network is rule.network)


@cache
def _accuracies(name: str, data: str) -> dict[str, pd.Series]:
    """The accuracy on the test set of each rule, by seed and epoch."""
    table = load_results(name).query("epoch > 0")  # a run that was stopped at once tells nothing
    return {
        str(rule): part.set_index(["seed", "epoch"])["test_accuracy"].dropna()
        for rule, part in table[table["data"] == data].groupby("rule")
    }
