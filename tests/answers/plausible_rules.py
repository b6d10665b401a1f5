"""Answers to plausible_rules."""

import numpy as np

from answers import right, wrong


@right
def with_a_loop(facts, constraints):
    left = []
    for rule in facts:
        stays = True
        for name, answer in constraints.items():
            if not rule[name].startswith(answer):
                stays = False
        left.append(stays)
    return np.array(left)


@right
def as_a_list(facts, constraints):
    return [all(rule[n][: len(a)] == a for n, a in constraints.items()) for rule in facts]


@right
def constraint_by_constraint(facts, constraints):
    left = np.ones(len(facts), bool)
    for name, answer in constraints.items():
        left &= np.array([rule[name].startswith(answer) for rule in facts])
    return left


@right
def none_that_breaks(facts, constraints):
    return np.array(
        [not any(not rule[n].startswith(a) for n, a in constraints.items()) for rule in facts]
    )


@right
def by_its_first_word(facts, constraints):
    def word(phrase):
        return phrase.replace(",", " ").replace(":", " ").split()[0]

    return np.array([all(word(r[n]) == a for n, a in constraints.items()) for r in facts])


@right
def of_ones_and_zeros(facts, constraints):
    met = [sum(r[n].startswith(a) for n, a in constraints.items()) for r in facts]
    return (np.array(met) == len(constraints)).astype(float)


@wrong("nothing")
def without_a_return(facts, constraints):
    with_a_loop.function(facts, constraints)


@wrong("a True or False for each rule")
def their_numbers(facts, constraints):
    return np.flatnonzero(with_a_loop.function(facts, constraints))


@wrong("something of shape ()")
def how_many(facts, constraints):
    return int(np.sum(with_a_loop.function(facts, constraints)))
