import numpy as np


def plausible_rules(facts, constraints):
    """Which learning rules a set of constraints leaves.

    A fact about a rule is a phrase that starts with its answer, as in the catalogue: "no", "yes: …",
    "yes, with …", "in part: …". A rule is left if all its facts that a constraint is about start with
    the answer that the constraint asks for.

    Parameters
    ----------
    facts : list of dicts, one for each rule, from the name of a fact to its phrase, such as
        {"weight_transport": "no: both ways learn alike", "locality": "yes", ...}
    constraints : dict from the names of some facts to "yes" or "no", such as
        {"weight_transport": "no", "locality": "yes"}

    Returns
    -------
    array of bool, one for each rule: True where the rule is left
    """
    ### BEGIN SOLUTION
    asked = constraints.items()
    return np.array(
        [all(rule[name].startswith(answer) for name, answer in asked) for rule in facts]
    )
    ### END SOLUTION
