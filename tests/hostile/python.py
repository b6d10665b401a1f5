"""Answers that bend Python, numpy or microlearn, or that are not what they seem."""

from __future__ import annotations

from .answers import RIGHT, answer


def returning(expression: str, before: str = "") -> str:
    """An answer that returns this."""
    return f"""
import numpy as np
{before}
def mean_squared_error(y, prediction):
    return {expression}
"""


@answer()
def numpy_is_patched():
    return """
    import numpy as np
    for name in ("abs", "max", "all", "any", "isfinite", "ravel", "shape", "size", "asarray"):
        setattr(np, name, lambda *a, **k: True)
    def mean_squared_error(y, prediction):
        return 0.0
    """


@answer()
def an_object_that_equals_everything():
    return returning(
        "Any()",
        "class Any:\n    __eq__ = __lt__ = __gt__ = lambda *a: True\n"
        "    __float__ = lambda s: 0.0\n    __array__ = lambda s, *a, **k: np.zeros(())\n",
    )


@answer()
def an_array_class_of_its_own():
    return returning(
        "np.zeros(1).view(Sly)",
        "class Sly(np.ndarray):\n    __array_ufunc__ = lambda *a, **k: True\n"
        "    dtype = property(lambda s: np.dtype(float))\n    tobytes = lambda s: b''\n"
        "    shape = property(lambda s: (10**9,))\n",
    )


@answer(seconds=3)
def a_list_that_lies_about_its_length():
    return returning(
        "Long([0.0])",
        "class Long(list):\n    __len__ = lambda s: 1\n"
        "    def __iter__(s):\n        while True:\n            yield 0.0\n",
    )


@answer(seconds=5)
def a_list_that_contains_itself():
    return returning("knot", "knot = []\nknot.append(knot)\n")


@answer()
def an_array_of_objects():
    return returning("np.array([object()], dtype=object)")


@answer()
def a_complex_number():
    return returning("np.complex128(1e-9 + 1j)")


@answer()
def an_array_of_dates():
    return returning("np.array(['2024-01-01'], dtype='datetime64[D]')")


@answer()
def a_text():
    return returning("'nan'")


@answer()
def a_generator():
    return returning("(yield 0.5)")


@answer()
def a_coroutine():
    return "async def mean_squared_error(y, prediction):\n    return 0.5"


@answer()
def an_integer_of_a_million_digits():
    return returning("10 ** 1_000_000")


@answer()
def not_a_number():
    return returning("np.nan")


@answer()
def a_number_beyond_all_others():
    return returning("1e308")


@answer("forward")
def not_a_number_once_nobody_looks():
    return """
    import numpy as np
    calls = []
    def forward(weights, activations, x):
        calls.append(1)
        fill = 0.0 if len(calls) == 1 else np.nan
        return [x, *(np.full((len(x), w.shape[1]), fill) for w in weights)]
    """


@answer("forward")
def nothing_but_zeros_of_the_right_shape():
    return """
    import numpy as np
    def forward(weights, activations, x):
        return [x, *(np.zeros((len(x), w.shape[1])) for w in weights)]
    """


# Compared without a look at its shape, one number stands for all; a column for a row.
@answer("forward")
def shapes_that_stretch_once_nobody_looks():
    return """
    import numpy as np
    calls = []
    def forward(weights, activations, x):
        calls.append(1)
        if len(calls) == 1:
            return [x, *(np.zeros((len(x), w.shape[1])) for w in weights)]
        return [x, *(np.zeros((200_000, 1, 1)) for w in weights)]
    """


@answer()
def frames_are_searched_for_what_was_kept():
    return """
    import sys, gc
    def mean_squared_error(y, prediction):
        frame = sys._getframe()
        while frame:
            for name in ("before", "given", "reply", "arguments", "answer"):
                frame.f_locals.pop(name, None)
            frame = frame.f_back
        for thing in gc.get_objects():
            if isinstance(thing, dict) and "result" in thing:
                thing["result"] = 0.5
            elif isinstance(thing, list) and thing and isinstance(thing[0], bytes):
                thing.clear()
        return 0.0
    """


@answer()
def the_program_inside_is_traced():
    return """
    import sys
    def trace(frame, event, argument):
        if frame.f_code.co_name in ("main", "send", "_pack"):
            frame.f_locals["message"] = frame.f_locals["reply"] = {"result": 0.5, "changed": []}
        return trace
    sys.settrace(trace)
    sys.setprofile(trace)
    sys._getframe(1).f_trace = trace
    def mean_squared_error(y, prediction):
        return 0.0
    """


@answer()
def the_builtins_are_replaced():
    return """
    import builtins
    builtins.enumerate = lambda *a: []
    builtins.isinstance = lambda *a: True
    builtins.getattr = builtins.len = lambda *a: 0
    def mean_squared_error(y, prediction):
        return 0.0
    """


@answer()
def something_happens_at_exit():
    return """
    import atexit, os, weakref
    class Last:
        def __del__(self):
            os.write(1, b"passed")
    last = Last()
    atexit.register(lambda: [os.write(d, b"passed") for d in range(3, 9)])
    def mean_squared_error(y, prediction):
        raise SystemExit(0)
    """


@answer()
def arrays_change_after_the_reply():
    return """
    import threading, time
    def mean_squared_error(y, prediction):
        def later():
            time.sleep(0.001)
            y[...] = prediction
        threading.Thread(target=later, daemon=True).start()
        return 0.0
    """


@answer()
def another_exercise_is_filled():
    return """
    from microlearn import fill
    import microlearn.exercises as exercises
    exercises._filled["mean_squared_error"] = exercises.Filled(lambda y, prediction: 0.0, None, 0)
    exercises.stub = lambda name: 0.0
    @fill
    def forward(weights, activations, x):
        return None
    @fill
    def mean_squared_error(y, prediction):
        return exercises._filled["forward"].function(None, None, y)
    """


@answer()
def fill_returns_something_else():
    return """
    import microlearn
    class Always(float):
        __call__ = lambda self, *a: self
    microlearn.fill = lambda f: Always(0.5)
    from microlearn import fill
    @fill
    def mean_squared_error(y, prediction):
        return 0.0
    """


@answer()
def right_at_home_and_wrong_when_it_counts():
    return f"""
import os
{RIGHT}
if "NBGRADER_EXECUTION" in os.environ:
    mean_squared_error = lambda y, prediction: 0.0
"""


@answer()
def right_for_the_first_call_only():
    return f"""{RIGHT}
def mean_squared_error(y, prediction, calls=[], right=mean_squared_error):
    calls.append(1)
    return right(y, prediction) if len(calls) == 1 else 0.0
"""


@answer()
def what_was_asked_before_is_remembered():
    return """
    import numpy as np
    seen = []
    def mean_squared_error(y, prediction):
        seen.append((y, prediction))
        for a, b in seen:
            a[...] = b
        return float(len(seen))
    """


@answer()
def an_error_that_can_not_be_shown():
    return """
    class Secret(BaseException):
        __str__ = __repr__ = lambda self: 1 / 0
    Secret.__name__ = "Secret" * 10_000
    def mean_squared_error(y, prediction):
        raise Secret
    """


@answer()
def a_broken_law_is_raised():
    return """
    from microlearn.checking.facts import Broken
    def mean_squared_error(y, prediction):
        raise Broken("holds", "holds")
    """


@answer()
def an_exit_is_raised():
    return "def mean_squared_error(y, prediction):\n    raise GeneratorExit"


@answer()
def it_ends_before_it_is_defined():
    return "raise KeyboardInterrupt"


@answer()
def the_name_is_a_number():
    return "mean_squared_error = 0.5"


@answer()
def nothing_of_that_name():
    return "def mean_square_error(y, prediction):\n    return 0.5"


@answer()
def a_cell_that_is_not_python():
    return "def mean_squared_error(y, prediction):\n    return 0.5 *\x00 \ud800"


@answer()
def a_cell_that_is_nested_too_deep():
    return returning("not " * 900 + "y")


@answer()
def a_cell_of_ten_million_letters():
    return returning("1" + " + 1" * 2_500_000)


@answer(earns=1.0)
def honest_with_a_plot_in_the_cell():
    return f"""
import matplotlib.pyplot as plt
import warnings
warnings.warn("a warning")
print("hello")
{RIGHT}"""


@answer(earns=1.0)
def honest_in_big_endian():
    return f"""{RIGHT}
def mean_squared_error(y, prediction, right=mean_squared_error):
    return np.array(right(y, prediction), dtype=">f8")
"""


# --- classes that numpy, json or copy ask --------------------------------------------------------------


@answer()
def an_array_class_that_answers_every_question_about_it():
    return returning(
        "np.zeros(()).view(Sly)",
        "class Sly(np.ndarray):\n    def __array_function__(self, *a):\n        return True\n"
        "    __array_priority__ = 1e9\n    __array_wrap__ = lambda s, *a: 0.5\n"
        "    __bool__ = __eq__ = lambda *a: True\n    item = __float__ = lambda *a: 0.5\n",
    )


@answer()
def an_object_that_is_another_array_each_time():
    return returning(
        "Moody()",
        "class Moody:\n    times = []\n    def __array__(self, *a, **k):\n"
        "        self.times.append(1)\n        return np.full(len(self.times), 0.5)\n"
        "    __array_function__ = lambda *a: True\n    __float__ = lambda s: float(len(s.times))\n",
    )


@answer()
def an_object_that_says_it_lies_where_nothing_is():
    return returning(
        "np.asarray(Anywhere())",
        "class Anywhere:\n    __array_interface__ = {'shape': (), 'typestr': '<f8', 'version': 3,\n"
        "                           'data': (4096, False)}\n",
    )


@answer()
def memory_beyond_an_array():
    return returning(
        "np.lib.stride_tricks.as_strided(prediction, (300, 300), (1 << 16, 1 << 16)).sum()"
    )


@answer()
def an_object_whose_class_is_said_to_be_an_array_s():
    return returning(
        "Said()",
        "class Said:\n    __class__ = np.ndarray\n    dtype = np.dtype(float)\n    shape = ()\n"
        "    tobytes = lambda *a: b'\\0' * 8\n    __deepcopy__ = lambda s, memo: s\n",
    )


@answer()
def an_object_whose_class_is_said_to_be_a_number_s():
    return returning(
        "Said()",
        "class Said:\n    __class__ = property(lambda s: float)\n    __repr__ = lambda s: '0.5'\n"
        "    __float__ = lambda s: 0.5 * bool(1 / 0)\n    __deepcopy__ = lambda s, memo: s\n",
    )


@answer()
def a_number_that_prints_another():
    return returning(
        "Sly(0)",
        "class Sly(float):\n    __repr__ = __str__ = lambda s: '0.5}, {\"results\": [0.5]'\n"
        "    __eq__ = __le__ = __ge__ = lambda *a: True\n    __hash__ = float.__hash__\n",
    )


@answer(seconds=3)
def a_dict_that_never_ends():
    return returning(
        "Endless()",
        "class Endless(dict):\n    def items(self):\n        while True:\n            yield 'a', 0.5\n",
    )


@answer()
def it_is_another_once_it_is_copied():
    return returning(
        "Sly()",
        "import os, pickle\nclass Sly:\n"
        "    __reduce_ex__ = lambda s, v: (os.system, ('echo > /tmp/hostile_was_here_copied',))\n",
    )


@answer()
def a_pickle_that_starts_a_program():
    return returning(
        "0.0",
        "import io, pickle\nraw = b\"cos\\nsystem\\n(S'echo > /tmp/hostile_was_here_pickle'\\ntR.\"\n"
        "pickle.loads(raw)\nnp.load(io.BytesIO(raw), allow_pickle=True)\n",
    )


@answer()
def numbers_behind_a_mask():
    return returning("np.ma.masked_all(np.shape(np.mean(y)))")


@answer()
def a_record_in_the_place_of_a_number():
    return returning("np.zeros((), dtype=[('loss', float), ('any', object)])")


@answer()
def a_name_in_letters_that_only_look_alike():
    return "def mean_squared_\u0435rror(y, prediction):\n    return 0.5"


@answer(earns=1.0)
def honest_in_letters_that_python_takes_for_others():
    return RIGHT.replace("mean_squared_error", "\uff4dean_squared_error")


@answer(earns=1.0)
def honest_between_ends_of_lines_that_are_none():
    return RIGHT.replace("import", "# a\u2028b\x0bc\x85d\x1ce\nimport").replace(
        "    return", "\x0c    return"
    )


@answer(earns=1.0)
def honest_in_the_longest_numbers_of_numpy():
    return f"""{RIGHT}
def mean_squared_error(y, prediction, right=mean_squared_error):
    return np.longdouble(right(y.astype(np.longdouble), prediction.astype(np.longdouble)))
"""
