"""Answers that would rather write the verdict, or what it rests on, than earn it."""

from __future__ import annotations

from .answers import RIGHT, WRONG, answer

# The descriptor on which results leave the box: the only pipe that can be written to.
PIPE = """
import os, stat, struct, json
def results():
    for descriptor in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                os.write(descriptor, b"")
                return descriptor
        except OSError:
            pass
def say(message, body=b""):
    text = json.dumps(message).encode()
    os.write(results(), struct.pack("<QQ", len(text), len(body)) + text + body)
"""


def spoken(message: str) -> str:
    """An answer that writes a message of its own in the place of its result."""
    return f"""{PIPE}
def mean_squared_error(y, prediction):
    say({message})
    os._exit(0)
"""


@answer()
def the_checks_are_patched():
    return """
    import numpy as np
    import microlearn.checking as checking
    import microlearn.reports as reports
    np.allclose = np.isclose = np.array_equal = lambda *a, **k: True
    reports.Report.score = 1.0
    reports.Report.passed = True
    checking._verdict = lambda f, *a: reports.Verdict(f, reports.HOLDS)
    checking.check = lambda *a, **k: reports.Report("x", True)
    def mean_squared_error(y, prediction):
        return 0.0
    """


@answer()
def a_report_is_returned():
    return """
    from microlearn.checking.facts import facts_of
    from microlearn.checking.reports import HOLDS, Report, Verdict
    def mean_squared_error(y, prediction):
        return Report("mean_squared_error", True, [Verdict(f, HOLDS) for f in facts_of("backprop")])
    """


@answer()
def a_message_says_that_all_is_well():
    return spoken(
        '{"dict": [["passed", True], ["score", 1.0], ["result", {"dict": [["score", 1]]}]]}'
    )


@answer()
def an_error_that_is_no_error_before_the_answer_is_there():
    return f"""{PIPE}
say({{"dict": [["error", 5]]}})
os._exit(0)
"""


@answer()
def fewer_results_than_calls():
    return spoken('{"dict": [["results", []]]}')


@answer()
def more_results_than_calls_before_an_error():
    return spoken('{"dict": [["results", [0.5, 0.5]], ["error", ["E", "", ""]]]}')


@answer()
def an_error_of_twenty_million_letters():
    return spoken('{"dict": [["error", ["E", "x" * 20_000_000, ""]]]}')


@answer()
def an_error_in_letters_that_no_file_can_hold():
    return r"""
    def mean_squared_error(y, prediction):
        raise ValueError("\ud800 \x00 \x1b[2J")
    """


@answer()
def an_error_that_is_a_script():
    return """
    def mean_squared_error(y, prediction):
        raise ValueError("<script>document.title = 'full marks'</script>")
    """


@answer()
def an_array_larger_than_the_message():
    return spoken('{"dict": [["result", {"array": ["float64", [2**50]]}]]}')


@answer()
def ten_thousand_arrays_from_the_same_bytes():
    return spoken(
        '{"dict": [["result", [{"array": ["float64", [1000], 0]}] * 10_000]]}, bytes(8000)'
    )


@answer()
def arrays_of_shapes_that_do_not_exist():
    return spoken(
        '{"dict": [["result", {"array": ["float64", [-1, -8]]}], ["changed", [[-1, {}], 7]]]}'
    )


@answer()
def a_list_within_a_list_within_a_list():
    return spoken('{"dict": [["result", 0]]}').replace(
        "text = json.dumps(message).encode()", "text = b'[' * 1_000_000"
    )


@answer()
def a_function_in_the_place_of_a_number():
    return spoken('{"dict": [["result", {"activation": "identity"}]]}')


@answer()
def a_network_that_is_none():
    return spoken('{"dict": [["result", {"network": []}]]}')


@answer()
def a_generator_in_a_state_of_its_own():
    return spoken('{"dict": [["result", 0.0], ["generators", [{"generator": {"state": 0}}]]]}')


@answer()
def noise_where_the_verdict_should_go():
    return f"""{PIPE}
os.write(results(), b"passed" * 10_000)
{WRONG}"""


@answer()
def a_thousand_replies_before_the_first_question():
    return f"""{PIPE}
for _ in range(1000):
    say({{"dict": [["result", 0.5], ["changed", []]]}})
{WRONG}"""


@answer()
def the_program_inside_sends_what_it_is_told():
    return """
    import sys
    from grader import wire
    honest = wire.send
    def forged(pipe, message):
        honest(pipe, {"result": 0.5, "changed": [], "passed": True, "score": 1.0})
    wire.send = sys.modules["grader.wire"].send = forged
    def mean_squared_error(y, prediction):
        return 0.0
    """


# Zero weights and inputs, and targets that leave an error of 1 at each output: then the gradient is
# known without any backprop.
EASY = """
import numpy as np
from microlearn import fill
def backprop(network, x, y, loss):
    f = network.activations[-1]
    for w in network.weights:
        w[...] = 0
    x[...] = 0
    middle = f(np.zeros_like(y))
    y[...] = middle + (1 + loss.tilts) / loss.weights
    update = [np.zeros_like(w) for w in network.weights]
    update[-1][-1] = f.derivative(middle)[0]
    return update
"""


@answer("backprop")
def the_question_is_made_easy():
    return EASY


@answer("backprop")
def the_question_is_made_easy_by_a_forged_message():
    return f"""{EASY}
from grader import wire
from microlearn.checking.answer import arrays_in
import gc
honest = wire.send
def forged(pipe, message):
    given = [o for o in gc.get_objects() if isinstance(o, tuple) and len(o) == 4]
    for arguments in given:
        arrays = arrays_in(arguments)
        if arrays:
            message["changed"] = list(range(len(arrays)))
    honest(pipe, message)
wire.send = forged
"""


@answer("weight_perturbation")
def the_noise_is_chosen_for_the_grader():
    return """
    import numpy as np
    def weight_perturbation(network, x, y, loss, noise, rng):
        state = np.random.default_rng(0).bit_generator.state
        update = [0 * w + rng.normal() for w in network.weights]
        rng.bit_generator.state = state
        return update
    """


# What its own arrays look like afterwards is compared in the box. Apart from that the answer is right.
@answer(earns=8 / 9)
def changed_inputs_are_called_unchanged():
    return """
    import numpy as np
    np.array_equal = np.allclose = lambda *a, **k: True
    np.copyto = lambda *a, **k: None
    def mean_squared_error(y, prediction):
        y -= prediction
        return 0.5 * np.mean(np.sum(y ** 2, axis=1))
    """


@answer(earns=1.0)
def a_forged_report_beside_a_right_answer():
    return f"""
import microlearn.reports as reports
reports.Report.score = 0.5
{RIGHT}"""


@answer(earns=8 / 9)
def the_box_is_told_to_see_no_arguments():
    return """
    import __main__
    __main__.arrays_in = __main__.lists_in = lambda arguments: []
    import numpy as np
    def mean_squared_error(y, prediction):
        y -= prediction
        return 0.5 * np.mean(np.sum(y ** 2, axis=1))
    """


# --- nothing has been computed -------------------------------------------------------------------------


def empty(exercise: str, arguments: str, value: str) -> str:
    return f"import numpy as np\ndef {exercise}({arguments}):\n    return {value}\n"


@answer("backprop")
def no_entries_in_the_place_of_weights():
    return empty("backprop", "network, *_", "[np.zeros((0, 1, 1)) for w in network.weights]")


@answer("weight_perturbation_variance")
def a_variance_for_no_weights():
    return empty("weight_perturbation_variance", "*_", "np.zeros((0, 1, 1))")


@answer("cosine_similarity")
def no_cosine_at_all():
    return empty("cosine_similarity", "a, b", "np.zeros((0,))")


@answer("forward")
def activities_of_no_samples():
    return empty("forward", "weights, activations, x", "[x] + [x[:0] for w in weights]")


# --- the package answers itself ------------------------------------------------------------------------


@answer("forward")
def the_engine_s_own_forward_pass():
    return """
    from microlearn.network import Network
    def forward(weights, activations, x):
        return Network(tuple(weights), tuple(activations)).forward(x)
    """


@answer("mean_squared_error")
def the_engine_s_own_loss():
    return """
    from microlearn.losses import get_loss
    loss = get_loss("squared_error")
    def mean_squared_error(y, prediction):
        return loss.mean(y, prediction)
    """


@answer("mean_squared_error")
def the_engine_s_own_loss_of_each_sample():
    return """
    from microlearn.losses import get_loss
    def mean_squared_error(y, prediction):
        return get_loss("squared_error").per_sample(y, prediction).mean()
    """


@answer("backprop")
def the_yardstick_of_all_rules():
    return """
    from microlearn.gradients import descent_direction as downhill
    def backprop(network, x, y, loss):
        return downhill(network, x, y, loss)
    """


@answer("cosine_similarity")
def the_yardstick_of_directions():
    return """
    import numpy as np
    from microlearn import metrics
    def cosine_similarity(a, b):
        return np.cos(np.radians(metrics.angle(a, b)))
    """


@answer("signal_to_noise")
def the_yardstick_of_noise():
    return """
    from microlearn.metrics import Moments
    def signal_to_noise(samples):
        moments = Moments()
        for sample in samples:
            moments.add(sample)
        return moments.signal_to_noise(rounding=0)
    """


@answer("backprop")
def the_recursion_of_the_facts():
    return """
    def backprop(network, x, y, loss):
        from microlearn.laws.recursion import backprop as recursion
        return recursion(network, x, y, loss)
    """
