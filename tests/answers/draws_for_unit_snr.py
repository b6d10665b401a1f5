"""Answers to the number of perturbations for an SNR of one."""

import numpy as np

from answers import right, wrong


@right
def with_a_dictionary(inputs, outputs, rule):
    return {"weight_perturbation": inputs * outputs, "node_perturbation": outputs}[rule] + 1


@right
def by_adding_up_the_formulas(inputs, outputs, rule):
    rng = np.random.default_rng(0)
    x, s = rng.normal(size=inputs), rng.normal(size=outputs)
    g2 = np.outer(x, s) ** 2
    if rule == "weight_perturbation":
        variance = g2 + g2.sum()
    else:
        variance = np.outer(x**2, s**2 + np.sum(s**2))
    return round(float(variance.sum() / g2.sum()))


@wrong("the same for both rules")
def the_same_for_both(inputs, outputs, rule):
    return inputs * outputs + 1


@wrong("missing `return`")
def without_a_return(inputs, outputs, rule):
    inputs * outputs


@right
def with_a_conditional_in_floats(inputs, outputs, rule):
    shaken = float(outputs) * (inputs if rule.startswith("weight") else 1)
    return shaken + 1.0


@right
def with_a_loop_over_the_shaken(inputs, outputs, rule):
    count = 1
    for _ in range(outputs):
        if rule == "node_perturbation":
            count += 1
        else:
            for _ in range(inputs):
                count += 1
    return count


@right
def by_match(inputs, outputs, rule):
    match rule:
        case "weight_perturbation":
            return 1 + np.prod((inputs, outputs))
        case _:
            return np.array(1 + outputs)


@right
def by_a_helper_that_counts_slopes(inputs, outputs, rule):
    def ratio(size):
        return (size + size * size) / size

    return ratio(inputs * outputs) if rule == "weight_perturbation" else ratio(outputs)


@wrong("the same for both rules")
def always_node_perturbation(inputs, outputs, rule):
    return outputs + 1


@wrong("the same for both rules")
def name_of_the_rule_misspelt(inputs, outputs, rule):
    return inputs * outputs + 1 if rule == "weight" else outputs + 1


@wrong("of one size of network")
def of_a_network_of_784_and_10(inputs, outputs, rule):
    return 7841 if rule == "weight_perturbation" else 11


@wrong("not one number")
def of_both_rules(inputs, outputs, rule):
    return inputs * outputs + 1, outputs + 1


@wrong("")
def with_an_error(inputs, outputs, rule):
    return rule + 1


def from_one_network(inputs, outputs, rule, draw=None):
    """Or, where a number of draws is given, as an average over so many."""
    rng = np.random.default_rng()
    x, w = rng.normal(size=inputs), rng.normal(size=(inputs, outputs))
    s = x @ w
    g = np.outer(x, s)
    if draw is None:
        by_weight = rule == "weight_perturbation"
        variance = g**2 + np.sum(g**2) if by_weight else np.outer(x**2, s**2 + s @ s)
    elif rule == "weight_perturbation":
        z = rng.normal(size=(draw, g.size))
        variance = np.var((z @ g.ravel())[:, None] * z, axis=0)
    else:
        z = rng.normal(size=(draw, s.size))
        variance = np.outer(x**2, np.var((z @ s)[:, None] * z, axis=0))
    return np.sum(variance) / np.sum(g**2)


@right
def from_a_network_of_its_own(inputs, outputs, rule):
    return from_one_network(inputs, outputs, rule)


@wrong("")
def simulated_and_rounded(inputs, outputs, rule):
    return round(from_one_network(inputs, outputs, rule, draw=1000))


@wrong("turned into text")
def as_text(inputs, outputs, rule):
    return f"{with_a_dictionary.function(inputs, outputs, rule)}"
