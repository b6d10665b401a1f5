"""Right answers in any style pass, wrong ones never do, and the student learns why.

The draws of a check are fixed here, so that a change is to blame when a test fails, and not the dice.
`make mutants` holds all of these answers, and mutants of the references, against many fresh draws.
"""

from __future__ import annotations

import copy
import inspect
import re
import sys

import numpy as np
import pytest
from sound import fault_of

from answers import answers_to, facts_held, said, until_refused
from microlearn import check
from microlearn.checking.answer import InProcess, arrays_in, lists_in
from microlearn.checking.facts import Broken, check_of, facts_of
from microlearn.checking.reports import BROKEN, HOLDS, Report, Verdict
from microlearn.exercises import SOLUTIONS, exercise_names, reference, stub

CASES = [(name, key) for name in exercise_names() for key in answers_to(name)]
RIGHT = [case for case in CASES if answers_to(case[0])[case[1]].right]
WRONG = [case for case in CASES if not answers_to(case[0])[case[1]].right]


@pytest.mark.parametrize("name", exercise_names())
def test_the_reference_is_right_and_the_check_tells_what_is_wrong_from_it(name):
    report = check(name, reference(name), seed=0)
    assert report.passed, report
    assert report.score == 1.0
    assert fault_of(name) == ""


@pytest.mark.parametrize("name", exercise_names())
def test_every_exercise_has_answers_of_both_kinds(name):
    right = [answer for answer in answers_to(name).values() if answer.right]
    wrong = [answer for answer in answers_to(name).values() if not answer.right]
    assert len(right) >= 6
    assert len(wrong) >= 12
    assert sum(bool(answer.words) for answer in wrong) >= 0.9 * len(wrong)


@pytest.mark.parametrize(("name", "key"), RIGHT)
def test_right_answers_in_other_styles_pass(name, key):
    report = check(name, answers_to(name)[key].function, seed=0)
    assert report.passed, str(report)


@pytest.mark.parametrize(("name", "key"), WRONG)
def test_wrong_answers_fail_and_are_told_why(name, key):
    answer = answers_to(name)[key]
    report = until_refused(InProcess(name, answer.function), seed=0, words=answer.words)
    assert not report.passed, f"{key} was accepted"
    assert answer.words in said(report), str(report)


@pytest.mark.parametrize("name", exercise_names())
def test_an_untouched_stub_is_not_attempted(name):
    report = check(name, stub(name))
    assert not report.attempted
    assert report.score == 0
    assert "not attempted yet" in str(report)


@pytest.mark.parametrize("name", exercise_names())
def test_there_are_three_hints_and_none_is_the_solution(name):
    hints = check_of(name).HINTS
    assert len(hints) == 3
    solution = (SOLUTIONS / f"{name}.py").read_text(encoding="utf-8")
    lines = re.search("BEGIN SOLUTION\n(.*)### END", solution, flags=re.S)[1].splitlines()
    code = [line.strip().removeprefix("return ") for line in lines]
    text = " ".join(hints)
    assert not any(line in text for line in code if len(line) > 12)


def _each(change, value):
    if isinstance(value, list | tuple):
        return type(value)(_each(change, item) for item in value)
    return None if value is None else change(value)


@pytest.mark.parametrize("number", [0, 1, -1])
@pytest.mark.parametrize("name", exercise_names())
def test_an_answer_that_is_always_the_same_earns_nothing(name, number):
    right, returned = reference(name), {}

    def answer(*given):
        shapes = tuple(array.shape for array in arrays_in(given))
        if shapes not in returned:
            returned[shapes] = _each(lambda v: np.full(np.shape(v), float(number)), right(*given))
        return returned[shapes]

    assert facts_held(name, answer, seed=0).score == 0


def _arguments(name):
    return tuple(inspect.signature(stub(name)).parameters)


# Where one exercise takes all that another one takes first, its answer may be handed in for that.
HANDED_IN = [
    (name, other)
    for name in exercise_names()
    for other in exercise_names()
    if other != name and _arguments(name)[: len(_arguments(other))] == _arguments(other)
]


@pytest.mark.parametrize(("name", "other"), HANDED_IN)
def test_the_answer_of_another_exercise_earns_less_than_a_third(name, other):
    taken, right = len(_arguments(other)), reference(other)
    report = facts_held(name, lambda *given: right(*given[:taken]), seed=0)
    assert report.score < 1 / 3, report


@pytest.mark.parametrize("name", exercise_names())
def test_a_fact_that_holds_alone_earns_nothing_or_is_worth_half(name):
    facts = facts_of(name)
    for alone in facts:
        found = [Verdict(fact, HOLDS if fact is alone else BROKEN) for fact in facts]
        worth = alone.points / sum(fact.points for fact in facts)
        earns = worth >= 0.5 and not alone.supporting
        assert Report(name, True, found).score == (worth if earns else 0)


CONSTANTS = (
    "the sum over the batch where the mean belongs",
    "the batch size divided out twice",
    "a factor 2: the loss has a ½ in front",
    "a factor 2: the rise is taken from both sides",
    "a factor 2: draws are counted",
    "summed over the batch where the mean belongs",
    "the factor ½ is missing",
    "averaged over the outputs where a sum belongs",
    "summed over the samples where a mean belongs",
    "the standard deviation of a sample of T − 1",
    "summed over the draws, not averaged",
    "the angles are added up, not averaged",
    "amp and null are summed over the batch",
    "a factor √2 too many",
    "half of it",
)
OFF_BY_A_CONSTANT = [
    (name, cause)
    for name in exercise_names()
    for cause in getattr(check_of(name), "SLIPS", {})
    if cause.startswith(CONSTANTS)
]


@pytest.mark.parametrize(("name", "cause"), OFF_BY_A_CONSTANT)
def test_a_slip_of_a_constant_keeps_half_of_the_points(name, cause):
    report = facts_held(name, check_of(name).SLIPS[cause], seed=0)
    assert 0.5 <= report.score < 1, report


async def _later(value):
    return value


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (str, "returned text"),
        (lambda value: f"{value}".encode(), "returned text"),
        (lambda value: _each(lambda v: np.asarray(v).astype(str), value), "returned text"),
        (lambda value: _each(lambda v: v + 1j, value), "returned complex numbers"),
        (
            lambda value: _each(lambda v: np.ma.masked_array(v, mask=True), value),
            "returned an array with masked",
        ),
        (lambda value: (item for item in [value]), "returned a generator"),
        (_later, "returned a coroutine"),
        (lambda value: _later, "returned a function"),
        (lambda value: {"answer": value}, "returned a dict"),
        (lambda value: [[1.0, 2.0], [3.0]], ""),  # in words of the exercise
        (lambda value: sys.exit("enough"), "SystemExit"),
    ],
)
@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize("name", exercise_names())
def test_what_is_no_number_earns_nothing_and_is_named(name, change, words):
    right = reference(name)
    report = check(name, lambda *given: change(right(*given)), seed=0)
    assert report.score == 0
    assert words in report.verdicts[0].seen
    assert not any("function raised" in v.seen for v in report.verdicts) or words == "SystemExit"


# Each has been told so, since a number came near by chance.
NOT_THE_CAUSE = [
    ("activity_perturbation", "the_root_of_the_slope", "a factor 2"),
    ("node_perturbation", "the_rise_as_a_share_of_the_loss", "a factor"),
    ("node_perturbation", "one_number_for_all_units", "each sample has noise"),
    ("node_perturbation", "the_sign_of_the_rise", "a strength of its own"),
    ("weight_perturbation", "the_noise_upside_down_in_the_update", "the sign"),
    ("weight_perturbation", "the_mean_of_two_draws", "a factor"),
]


@pytest.mark.parametrize(("name", "key", "words"), NOT_THE_CAUSE)
def test_what_is_no_cause_is_not_named(name, key, words):
    report = check(name, answers_to(name)[key].function, seed=0)
    assert not report.passed
    assert words not in " ".join(v.cause for v in report.verdicts), report


@pytest.mark.parametrize("seed", [15, 20])
def test_of_two_slips_that_agree_in_one_draw_the_one_that_was_made_is_named(seed):
    cause = "only the first constraint is looked at"
    slip = check_of("plausible_rules").SLIPS[cause]
    assert cause in str(check("plausible_rules", slip, seed=seed))


def test_what_a_call_returned_is_no_answer_to_check():
    for given in (0.0, np.zeros(3), "forward"):
        with pytest.raises(TypeError, match="takes the function itself"):
            check("mean_squared_error", given)


TAKEN_ONCE = [
    name for name in exercise_names() if "rng" not in inspect.signature(stub(name)).parameters
]


@pytest.mark.parametrize("name", TAKEN_ONCE)
def test_what_an_answer_does_to_its_arguments_costs_one_fact_alone(name):
    """As it does in the judge's box. Rules that draw noise are called often with the same arguments."""
    right = reference(name)

    def wrecking(*given):
        seen = copy.deepcopy(right(*given))
        for array in arrays_in(given):
            array[...] = 0
        for values in lists_in(given):
            values.clear()
        return seen

    report = facts_held(name, wrecking, seed=0)
    broken = [v for v in report.verdicts if v.outcome != "holds"]
    wreckable = any("had changed" in v.seen for v in broken)
    assert len(broken) == wreckable, report


def test_bare_noise_never_has_the_right_length():
    """In one draw of eight it has, on average; but it leads uphill as often as down."""
    length = next(
        f for f in facts_of("weight_perturbation") if "in a single draw" in f.sentence.lower()
    )

    def bare_noise(network, x, y, loss, noise, rng):
        return [rng.standard_normal(w.shape) for w in network.weights]

    for seed in range(40):
        with pytest.raises(Broken):
            length.test(InProcess("weight_perturbation", bare_noise), np.random.default_rng(seed))


def test_a_step_that_rounding_turns_round_hides_no_wrong_sign():
    length = next(
        f for f in facts_of("weight_perturbation") if "in a single draw" in f.sentence.lower()
    )
    draws = 0

    def uphill(*given):
        nonlocal draws
        draws += 1
        sign = 1e-6 if draws == 3 else -1
        return [sign * u for u in reference("weight_perturbation")(*given)]

    with pytest.raises(Broken, match="39 of 40 updates lead uphill") as broken:
        length.test(InProcess("weight_perturbation", uphill), np.random.default_rng(0))
    assert not broken.value.cause


@pytest.mark.parametrize(
    "strength",
    [
        lambda network, x, y, loss: 1.0,
        lambda network, x, y, loss: np.mean(np.abs(x)),
        lambda network, x, y, loss: loss.mean(y, network.predict(x)),
    ],
    ids=["always as strong", "as strong as the inputs", "as strong as the clean loss"],
)
def test_noise_without_an_experiment_earns_nothing(strength):
    def noise_alone(network, x, y, loss, noise, rng):
        s = strength(network, x, y, loss)
        return [s * rng.standard_normal(w.shape) for w in network.weights]

    assert facts_held("weight_perturbation", noise_alone, seed=0).score == 0


@pytest.mark.parametrize("name", ["weight_perturbation", "node_perturbation"])
@pytest.mark.parametrize("factor", [-1, 0], ids=["uphill", "nowhere"])
def test_what_is_far_off_is_seen_in_a_quarter_of_the_draws(name, factor):
    calls = 0

    def far_off(*given):
        nonlocal calls
        calls += 1
        return [factor * u for u in reference(name)(*given)]

    on_average = facts_of(name)[-1]
    for seed in range(3):
        calls = 0
        with pytest.raises(Broken):
            on_average.test(InProcess(name, far_off), np.random.default_rng(seed))
        assert calls == 1000
