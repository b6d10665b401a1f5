"""Facts about the rules that a set of constraints leaves."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checking.facts import Broken, fact
from ..checking.trial import kind_of
from ..laws.slips import cause_of

HINTS = (
    "Take a single rule. How do you see whether it may stay, if there is one constraint, and if "
    "there are two?",
    "A rule stays if *all* constraints hold for it. A constraint holds if the phrase of the rule's fact "
    "starts with the answer that is asked for.",
    "`phrase.startswith(answer)` is one constraint; `all(… for name, answer in "
    "constraints.items())` is one rule; a list of these for all rules, as an array, is the answer.",
)

NAMES = ("weight_transport", "locality", "frozen_activity", "update_locking")
PHRASES = (
    "no",
    "no: yes, it waits, and asks no more",
    "no, with one exception: it says yes once",
    "yes",
    "yes: no layer learns before the output is known",
    "yes, with one global signal: no other",
    "in part: yes below, no above",
    "of signs alone: no strengths, yes signs",
)


def left(starts, all_of=all):
    """The rules that are left, where ``starts(phrase, answer)`` says whether a constraint holds."""

    def answer(facts, constraints):
        return np.array([
            bool(all_of(starts(rule[name], wanted) for name, wanted in constraints.items()))
            for rule in facts
        ])  # fmt: skip

    return answer


def begins(phrase, wanted):
    return phrase.startswith(wanted)


right = left(begins)

SLIPS = {
    "one constraint that holds is enough: a rule must meet all of them": left(begins, any),
    "the rules that are ruled out: True stands for those that are left": lambda *given: (
        ~right(*given)
    ),
    "the whole phrase is compared: it only starts with its answer": left(lambda p, w: p == w),
    "the answer is looked for anywhere in the phrase: it stands at its start": left(
        lambda p, w: w in p
    ),
    "a phrase with a comma behind its answer is no longer known: “yes, with …” says yes": left(
        lambda p, w: p.split(":")[0] == w
    ),
    "the answers are turned round: “no” is asked for where the phrase says no": left(
        lambda p, w: not begins(p, w)
    ),
    "whatever is not “yes” is taken for “no”: “in part” is neither": left(
        lambda p, w: begins(p, "yes") == (w == "yes")
    ),
    "whatever is not “no” is taken for “yes”: “in part” is neither": left(
        lambda p, w: begins(p, "no") == (w == "no")
    ),
    "all constraints ask for “no” here: each asks for its own answer": left(
        lambda p, w: begins(p, "no")
    ),
    "only the first constraint is looked at": lambda facts, constraints: right(
        facts, dict(list(constraints.items())[:1])
    ),
    "only the last constraint is looked at": lambda facts, constraints: right(
        facts, dict(list(constraints.items())[-1:])
    ),
    "all facts of a rule are held against the answers, whichever a constraint is about": (
        lambda facts, constraints: np.array(
            [
                all(any(begins(p, w) for p in rule.values()) for w in constraints.values())
                for rule in facts
            ]
        )
    ),
    "without constraints nothing is left: all rules are, since nothing is asked of them": (
        lambda facts, constraints: right(facts, constraints) & bool(constraints)
    ),
    "the number of constraints that hold, where yes or no is asked for": lambda facts, constraints: (
        np.array([sum(begins(r[n], w) for n, w in constraints.items()) for r in facts])
    ),
}


def draw(rng):
    """Ten to twenty rules, and two constraints that leave some of them and not others."""
    while True:
        given = facts_of(rng, int(rng.integers(10, 20))), constraints_of(rng, 2)
        if 0 < np.sum(right(*given)) < len(given[0]):
            return given


def facts_of(rng, rules):
    return [{name: str(rng.choice(PHRASES)) for name in NAMES} for _ in range(rules)]


def constraints_of(rng, number):
    names = rng.choice(NAMES, number, replace=False)
    return {str(name): str(rng.choice(["yes", "no"])) for name in names}


def as_mask(seen: Any, facts: list) -> np.ndarray:
    """The answer as an array of bool, one for each rule."""
    if seen is None:
        raise Broken("your function returned nothing", "a missing `return`")
    try:
        mask = np.asarray(seen, dtype=float)
    except (TypeError, ValueError):
        raise Broken(
            f"your function returned {kind_of(seen)} that is no row of True and False"
        ) from None
    if mask.shape != (len(facts),):
        cause = "the numbers of the rules that are left: a True or False for each rule is asked for"
        raise Broken(
            f"for {len(facts)} rules your function returned something of shape {mask.shape}",
            cause if mask.ndim == 1 else "",
        )
    if not np.isin(mask, (0, 1)).all():
        raise Broken("your function returned other numbers than True and False", COUNTED)
    return mask.astype(bool)


NOTHING_LEFT = next(cause for cause in SLIPS if cause.startswith("without constraints"))
COUNTED = next(cause for cause in SLIPS if cause.startswith("the number of constraints"))


def require(answer, facts, constraints, words):
    mask, wanted = as_mask(answer(facts, constraints), facts), right(facts, constraints)
    if not np.array_equal(mask, wanted):
        number = int(np.flatnonzero(mask != wanted)[0])
        about = (
            ", ".join(f"{name}: “{facts[number][name]}”" for name in constraints)
            or "nothing is asked"
        )
        raise Broken(
            f"{words} rule {number} (counted from 0) is {'left' if mask[number] else 'ruled out'}; "
            f"asked for was {constraints}, and it has {about}",
            cause_of(SLIPS, (facts, constraints), mask, wanted) if constraints else NOTHING_LEFT,
        )


@fact(gate=True)
def a_row_of_true_and_false(answer, rng):
    """You return an array of True and False, one for each rule."""
    for _ in range(2):
        facts, constraints = draw(rng)
        as_mask(answer(facts, constraints), facts)


def each_way(name, wanted):
    """A rule for every phrase about one fact; all other facts meet or break what could be asked."""
    return [dict.fromkeys(NAMES, "of signs alone") | {name: p} for p in PHRASES], {name: wanted}


@fact(2)
def one_constraint_takes_its_answer_and_no_other(answer, rng):
    """With one constraint those rules are left whose phrase starts with the answer: “yes, with …” is
    a yes, and “in part” is neither."""
    for name in NAMES:
        for wanted in ("yes", "no"):
            require(answer, *each_way(name, wanted), "with one constraint")


@fact(2)
def every_constraint_must_hold(answer, rng):
    """With two constraints and more those rules are left that meet all of them; it may be that
    none is."""
    for number in (2, 3, 4):
        for _ in range(3):
            constraints = constraints_of(rng, number)
            facts = facts_of(rng, 15)
            met = {name: f"{wanted}, as asked" for name, wanted in constraints.items()}
            facts[int(rng.integers(15))] |= met
            for name in constraints:  # one that fails at this one alone
                facts.insert(int(rng.integers(15)), facts[0] | met | {name: "in part"})
            require(answer, facts, constraints, f"with {number} constraints")
    nobody = [dict.fromkeys(NAMES, "in part: yes and no")] * 3
    require(answer, nobody, constraints_of(rng, 2), "where no rule meets the constraints")


@fact(1, supporting=True)
def nothing_asked_nothing_lost(answer, rng):
    """Without constraints all rules are left, and each constraint more leaves the same rules or
    fewer."""
    facts = facts_of(rng, 12)
    require(answer, facts, {}, "without constraints")
    constraints = constraints_of(rng, 4)
    before = np.ones(len(facts), bool)
    for number in range(1, 5):
        mask = as_mask(answer(facts, dict(list(constraints.items())[:number])), facts)
        if np.any(mask & ~before):
            raise Broken("with a constraint more, a rule came back that had been ruled out", "")
        before = mask


@fact(1, supporting=True)
def the_facts_stay_as_they_are(answer, rng):
    """A look at the facts changes neither them nor the constraints."""
    facts, constraints = draw(rng)
    before = [dict(rule) for rule in facts], dict(constraints)
    answer(facts, constraints)
    if (facts, constraints) != before or answer.changed(facts, constraints):
        raise Broken("the facts or the constraints had changed afterwards", "work on a copy")
