"""The code that the judge runs: all that an answer needs of its notebook, and no more."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.cells import code_for
from grader.inside import defined
from microlearn import check, exercises

FIRST = "import numpy as np\nfrom microlearn import *"
MSE = "@fill\ndef mean_squared_error(y, prediction):\n    return "
PLAIN = f"{MSE}0.5 * np.mean(np.sum((y - prediction) ** 2, axis=1))"
HALVED = f"{MSE}np.mean(halves(y - prediction))"
HALVES = "def halves(e):\n    return 0.5 * np.sum(e ** 2, axis=1)"
LISTED = f"{MSE}np.mean(HELPERS[0](y - prediction))"
TABLED = f"{MSE}np.mean(TABLE['h'](y - prediction))"
SCALED = f"{MSE}np.mean(np.sum((y - prediction) ** 2, axis=1)) * "


def indented(code):
    return "    " + code.replace("\n", "\n    ")


BOUND = {
    "under if": (f"FAST = True\nif FAST:\n{indented(HALVES)}\nelse:\n    halves = None", HALVED),
    "under try": (
        f"try:\n    from fast_mse import halves\nexcept ImportError:\n{indented(HALVES)}",
        HALVED,
    ),
    "in the else of a try": (
        "try:\n    pass\nexcept OSError:\n    pass\nelse:\n" + indented(HALVES),
        HALVED,
    ),
    "in a loop": (
        "POWERS = []\nfor k in range(3):\n    POWERS.append(lambda e, k=k: np.sum(e ** k, axis=1))",
        f"{MSE}0.5 * np.mean(POWERS[2](y - prediction))",
    ),
    "in a while": ("HALF = 4\nwhile HALF > 0.5:\n    HALF /= 2", SCALED + "HALF"),
    "by append": ("HELPERS = []", HALVES, "HELPERS.append(halves)", LISTED),
    "by extend, through another name": (
        "HELPERS = []\nhs = HELPERS",
        f"{HALVES}\nhs += [halves]",
        LISTED,
    ),
    "by update": ("TABLE = {}", HALVES, "TABLE.update(h=halves)", TABLED),
    "by setdefault on what it holds": (
        "TABLE = {}",
        f"{HALVES}\nTABLE.setdefault('h', []).append(halves)",
        TABLED.replace("['h']", "['h'][0]"),
    ),
    "in a table of tables, in a loop": (
        f"ONE, TWO = {{}}, {{}}\n{HALVES}",
        "for table in (ONE, TWO):\n    table['h'] = halves",
        TABLED.replace("TABLE", "TWO"),
    ),
    "by with": (
        f"from contextlib import nullcontext\n{HALVES}\nwith nullcontext(halves) as h:\n    half = h",
        HALVED.replace("halves", "half"),
    ),
    "by a decorator that keeps a list": (
        "HELPERS = []\ndef register(f):\n    HELPERS.append(f)\n    return f",
        f"@register\n{HALVES}",
        LISTED,
    ),
    "by a call that keeps a list, two calls down": (
        "HELPERS = []\ndef keep(f):\n    mine = HELPERS\n    mine.append(f)",
        f"def register(f):\n    keep(f)\n{HALVES}\nregister(halves)",
        LISTED,
    ),
    "by a function that another has returned": (
        "def store():\n    kept = []\n    return kept.append, kept\nadd, HELPERS = store()",
        f"{HALVES}\nadd(halves)",
        LISTED,
    ),
    "by the method of an object": (
        "class Tools:\n    def __init__(self):\n        self.all = {}\n"
        "    def add(self, f):\n        self.all[f.__name__] = f\ntools = Tools()",
        f"{HALVES}\ntools.add(halves)",
        f"{MSE}np.mean(tools.all['halves'](y - prediction))",
    ),
    "by a subclass that its base keeps": (
        "HELPERS = []\nclass Base:\n    def __init_subclass__(cls):\n        HELPERS.append(cls.half)",
        f"class Mine(Base):\n    @staticmethod\n{indented(HALVES.replace('halves', 'half'))}",
        LISTED,
    ),
    "in a class body": (f"class Tools:\n{indented('half = 1 / 2')}", SCALED + "Tools.half"),
    "as an attribute": (
        f"def scale():\n    pass\n{HALVES}",
        "scale.by = halves",
        HALVED.replace("halves(", "scale.by("),
    ),
    "by setattr": (
        f"def scale():\n    pass\n{HALVES}",
        "setattr(scale, 'by', halves)",
        HALVED.replace("halves(", "scale.by("),
    ),
    "by singledispatch": (
        "from functools import singledispatch\n@singledispatch\ndef halves(e):\n    return e",
        "@halves.register\ndef _(e: np.ndarray):\n    return 0.5 * np.sum(e ** 2, axis=1)",
        HALVED,
    ),
    "as a global of a function that is called": (
        "def set_up():\n    global HALF\n    HALF = 0.5\nset_up()",
        SCALED + "HALF",
    ),
    "in globals()": (f"{HALVES}\nglobals()['other'] = halves", HALVED.replace("halves", "other")),
    "by globals().update": ("globals().update(HALF=0.5)", SCALED + "HALF"),
    "in globals(), under a name that is computed": (
        "for name in ('HALF', 'WHOLE'):\n    globals()[name] = len(name) / 8",
        SCALED + "HALF",
    ),
    "and read from globals()": ("HALF = 0.5", SCALED + "globals()['HALF']"),
    "by exec": (f"exec({HALVES!r}, globals())", HALVED),
    "by a text that is run": (f"CODE = {HALVES!r}\nexec(CODE)", HALVED),
    "after it was deleted": (
        "sum = 3\nHALF = 0.5",
        "del sum",
        f"{MSE}sum(sum((y - prediction) ** 2)) / len(y) * HALF",
    ),
    "by a walrus": ("print(HALF := 0.5)", SCALED + "HALF"),
    "by match": ("match (1, 2):\n    case (one, two):\n        pass", SCALED + "one / two"),
    "by star": ("first, *rest = 0.5, 2, 3", SCALED + "first"),
    "item by item": ("HALF = np.zeros(1)\nHALF[0] = 1", "HALF[0] -= 0.5", SCALED + "HALF[0]"),
    "by what numpy changes": (
        "HALF = np.zeros((1, 1))",
        "np.fill_diagonal(HALF, 0.5)",
        SCALED + "HALF[0, 0]",
    ),
    "by out=": ("HALF = np.ones(1)", "np.multiply(HALF, 0.5, out=HALF)", SCALED + "HALF[0]"),
    "by next": ("numbers = iter([3, 0.5])\nnext(numbers)\nHALF = next(numbers)", SCALED + "HALF"),
    "by a class method's list": (
        "class Tools:\n    half = []\n"
        "    @classmethod\n    def add(cls, n):\n        cls.half.append(n)",
        "Tools.add(0.5)",
        SCALED + "Tools.half[0]",
    ),
    "below, and filled there": (LISTED, f"HELPERS = []\n{HALVES}", "HELPERS.append(halves)"),
    "in the answer cell, from another cell's helper": (
        HALVES,
        f"HELPERS = []\nHELPERS.append(halves)\n{LISTED}",
    ),
    "above, as the function itself": (
        PLAIN.removeprefix("@fill\n"),
        "mean_squared_error = fill(mean_squared_error)  # @fill\n",
    ),
    "as a default": (
        HALVES,
        "@fill\ndef mean_squared_error(y, prediction):\n"
        "    return (lambda e, h=halves: np.mean(h(e)))(y - prediction)",
    ),
    "by partial": (
        "from functools import partial\ndef part(s, e):\n    return s * np.sum(e ** 2, axis=1)",
        "halves = partial(part, 0.5)",
        HALVED,
    ),
    "by what is left of a table that is matched": (
        "match {'a': 1, 'half': 0.5}:\n    case {'a': 1, **rest}:\n        pass",
        f"{SCALED}rest['half']",
    ),
    "by a line that is timed": ("%time HALF = 0.5", SCALED + "HALF"),
    "in a cell that waits": (
        "async def half():\n    return 0.5",
        "HALF = await half()",
        SCALED + "HALF",
    ),
    "and said to be a number": ("HALF = 0.5", f"HALF: float\n{SCALED}HALF"),
    "with what a later Python has": (
        "from __future__ import annotations\ndef half(v: Number) -> Half:\n    return v / 2",
        f"{MSE}half(np.mean(np.sum((y - prediction) ** 2, axis=1)))",
    ),
    "by at": ("HALF = np.zeros(1)", "np.add.at(HALF, [0], 0.5)", SCALED + "HALF[0]"),
    "through a call": ("HALF = np.zeros(1)", "np.asarray(HALF).fill(0.5)", SCALED + "HALF[0]"),
    "through vars": (
        "class Tools:\n    pass\ntools = Tools()",
        "vars(tools)['half'] = 0.5",
        f"{SCALED}tools.half",
    ),
    "by a function that another one calls": (
        "from functools import reduce\n"
        "def put(table, half):\n    table['half'] = half\n    return table",
        "TABLE = {}",
        "reduce(put, [3, 0.5], TABLE)",
        f"{SCALED}TABLE['half']",
    ),
    "by a method that another one calls": (
        "HELPERS = []",
        "import pandas as pd\npd.Series([0.5]).apply(HELPERS.append)",
        f"{SCALED}HELPERS[0]",
    ),
    "by print": (
        "import io\npage = io.StringIO()",
        "print(0.5, file=page)",
        f"{SCALED}float(page.getvalue())",
    ),
    "by a lambda that is called": (
        "HELPERS = []",
        "(lambda half: HELPERS.append(half))(0.5)",
        f"{SCALED}HELPERS[0]",
    ),
    "by exec in a table": ("TABLE = {}", "exec('half = 0.5', TABLE)", f"{SCALED}TABLE['half']"),
    "by an operator": (
        "class Log(list):\n    def __lshift__(self, v):\n        self.append(v)\nlog = Log()",
        "log << 0.5",
        f"{SCALED}log[0]",
    ),
    "by a class that a class of classes keeps": (
        "class Known(type):\n    all = {}\n"
        "    def __init__(cls, name, bases, body):\n        Known.all[name] = cls",
        "class Half(metaclass=Known):\n    value = 0.5",
        f"{SCALED}Known.all['Half'].value",
    ),
    "among the subclasses": (
        "class Share:\n    pass",
        "class Half(Share):\n    value = 0.5",
        f"{SCALED}Share.__subclasses__()[0].value",
    ),
    "under a name that its own loop variable has": (
        HALVES,
        "@fill\ndef mean_squared_error(y, prediction):\n"
        "    return sum(halves(e[None])[0] for e, y in zip(y - prediction, y)) / len(y)",
    ),
}


def notebook_of(*sources, name="mean_squared_error"):
    """A notebook of code cells, in which the one with @fill is the answer cell."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in (FIRST, *sources)])
    for cell in notebook.cells:
        if "@fill" in cell.source:
            cell.metadata["nbgrader"] = {"grade_id": name}
    return notebook


@pytest.fixture
def nothing_filled(monkeypatch):
    monkeypatch.setattr(exercises, "_filled", {})


@pytest.mark.parametrize("how", BOUND)
def test_an_answer_has_its_helper_however_that_is_bound(how, nothing_filled):
    code = code_for(notebook_of(*BOUND[how]), "mean_squared_error", released="")
    report = check("mean_squared_error", defined("mean_squared_error", code))
    assert report.passed, f"{code}\n{report}"


UNUSED = {
    "a trial of the answer": (PLAIN, "x = mean_squared_error(np.ones(3), 0)", "SLOW = halves(1)"),
    "a run over data": ("data = load('digits')\nSLOW = train('backprop', data)", PLAIN),
    "a plot of a helper": (HALVES, "SLOW = plots.lines(halves(np.ones((2, 2))))", HALVED),
    "a loop that trains": (
        HALVES,
        "losses = []\nfor SLOW in range(10):\n    losses.append(halves(1))",
        HALVED,
    ),
    "a memory that the answer fills itself": (
        f"MEMO = {{}}\n{HALVES}\n"
        "def known(e):\n    MEMO[e.tobytes()] = halves(e)\n    return MEMO[e.tobytes()]",
        HALVED.replace("halves", "known"),
        "SLOW = known(np.ones((2, 2)))",
    ),
    "what only its local namesakes touch": ("y = []\ne = []\nSLOW = y.append(e)", HALVES, HALVED),
    "a value that the answer cell binds itself": (
        "SLOW = HALF = load('digits')",
        f"HALF = 0.5\n{SCALED}HALF",
    ),
    "what a call looks at": (
        "data = load('digits')\nSLOW = sorted(data).index(10)",
        f"{SCALED}(0.5 if data else 1)",
    ),
    "another function's list": (
        f"HELPERS = []\ndef register(f):\n    HELPERS.append(f)\n{HALVES}",
        "SLOW = register(halves)",
        HALVED,
    ),
}


@pytest.mark.parametrize("what", UNUSED)
def test_what_an_answer_does_not_need_is_not_run(what, nothing_filled):
    code = code_for(notebook_of(*UNUSED[what]), "mean_squared_error", released="")
    assert "SLOW" not in code
    assert check("mean_squared_error", defined("mean_squared_error", code)).passed


GAP = "@fill\ndef backprop(network, x, y, loss):\n    raise NotImplementedError()"


@pytest.mark.parametrize(
    "second", ["", "\n\ncheck('backprop').points(6)\n\n", "\n# merged\nif True:\n    1\n"]
)
def test_a_second_answer_in_the_cell_of_the_first_is_found(second, nothing_filled):
    notebook = notebook_of(HALVES, f"{GAP}{second}\n{HALVED}", name="backprop")
    empty = new_code_cell(MSE + "...", metadata={"nbgrader": {"grade_id": "mean_squared_error"}})
    notebook.cells.append(empty)
    code = code_for(notebook, "mean_squared_error", released=empty.source)
    assert check("mean_squared_error", defined("mean_squared_error", code)).passed
    assert code_for(notebook_of(GAP, name="backprop"), "backprop", released=GAP + "  # gap") is None
    # The other one, too, if the gap of the second stands in the cell of the first.
    merged = notebook_of(f"{PLAIN}\n{GAP}")
    gap = new_code_cell(GAP, metadata={"nbgrader": {"grade_id": "backprop"}})
    merged.cells.append(gap)
    assert code_for(merged, "backprop", released=GAP) is None
