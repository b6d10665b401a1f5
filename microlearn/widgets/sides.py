"""The one or two settings of a panel, A and B: where its sliders stand for each, and what has run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .closed import Closed
from .runs import Run
from .settings import Settings
from .views import View

NAMES = "AB"


@dataclass
class Side(Closed):
    """One setting.

    Attributes
    ----------
    values : mapping of name -> number
        Where the sliders stand, while they are those of the other side.
    runs : list of Run
        With the seed of the sliders, and then with the next ones, if several are asked for.
    ghost : Run or None
        The last finished run before them.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    ghost: Run | None = None
    _work: Iterator[None] = field(default_factory=lambda: iter(()))

    @property
    def run(self) -> Run | None:
        """The run with the seed of the sliders."""
        return self.runs[0] if self.runs else None

    @property
    def others(self) -> list[Run]:
        """Those with the next seeds."""
        return self.runs[1:]

    @property
    def finished(self) -> bool:
        """Whether all of it has run."""
        return all(run.finished for run in self.runs)

    def begin(
        self, settings: Settings, seeds: int, view: View | None, ended: Callable[[Run], None]
    ) -> None:
        """Put new runs in the place of the old ones; ``ended`` gets the first when it is over."""
        if self.run and self.run.finished:
            self.ghost = self.run
        seed = settings.values["seed"]
        self.runs = [  # they share the answers with which the first one begins
            Run(replace(settings, values={**settings.values, "seed": seed + k}), view=view)
            for k in range(seeds)
        ]
        self._work = self._train(self.runs, ended)

    def step(self) -> bool:
        """Work for a moment; False where nothing is left to do."""
        return next(self._work, END) is not END

    @staticmethod
    def _train(runs: Sequence[Run], ended: Callable[[Run], None]) -> Iterator[None]:
        for number, run in enumerate(runs):
            yield from run
            if not number:
                ended(run)


END = object()


def in_turns(sides: Sequence[Side]) -> Iterator[None]:
    """The work of all sides that is not done yet. If it is dropped, another iterator goes on with it."""
    while True:
        if not [True for side in sides if side.step()]:
            return
        yield
