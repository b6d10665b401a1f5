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


@wrong("swapped")
def rules_swapped(inputs, outputs, rule):
    return outputs + 1 if rule == "weight_perturbation" else inputs * outputs + 1


@wrong("one more")
def without_the_one(inputs, outputs, rule):
    return inputs * outputs if rule == "weight_perturbation" else outputs


@wrong("inputs and outputs are swapped")
def inputs_for_outputs(inputs, outputs, rule):
    return inputs * outputs + 1 if rule == "weight_perturbation" else inputs + 1


@wrong("squared")
def not_the_square(inputs, outputs, rule):
    return with_a_dictionary.function(inputs, outputs, rule) ** 2


@wrong("")
def the_square_root(inputs, outputs, rule):
    return np.sqrt(with_a_dictionary.function(inputs, outputs, rule))


@wrong("")
def the_same_for_both(inputs, outputs, rule):
    return inputs * outputs + 1


@wrong("missing `return`")
def without_a_return(inputs, outputs, rule):
    inputs * outputs


@wrong("only the outputs are shaken")
def units_of_both_layers(inputs, outputs, rule):
    return inputs * outputs + 1 if rule == "weight_perturbation" else inputs + outputs + 1
