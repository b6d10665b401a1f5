"""What a statement of a notebook binds, changes and reads, as far as its text tells.

The statement is read, not run. Where its text leaves something open, more is assumed rather than less.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

STAR = "*"
"""Stands for the names that ``from module import *`` binds: the grader doesn't import the module."""
# fmt: off
CHANGERS = frozenset({
    "setattr", "delattr", "next", "shuffle", "heapify", "heappush", "heappop", "heapreplace",
    "heappushpop", "insort", "insort_left", "insort_right", "fill_diagonal", "put", "place",
    "copyto", "putmask", "put_along_axis", "setitem", "delitem", "iadd", "imul", "at",
    "update_wrapper",
})
# fmt: on
"""Functions of Python and numpy that change what they are given."""
# fmt: off
METHODS = frozenset({
    "append", "appendleft", "extend", "insert", "add", "update", "setdefault", "pop", "remove",
    "discard", "clear", "sort", "reverse", "fill", "put", "resize", "__setitem__", "__setattr__",
})
# fmt: on
"""Methods that change their object, also where another function is handed one to call it."""
CALLERS = frozenset({"map", "reduce", "filter", "starmap", "accumulate", "partial", "Thread"})
"""Functions that call what they are given, with what else they are given."""
CONTAINERS = frozenset({"list", "dict", "set", "object", "deque", "Counter", "OrderedDict"})
"""Their methods change what they are given: ``list.append(helpers, half)``."""
NAMESPACES = frozenset({"globals", "vars", "locals"})
"""Functions that return a table of variables. (Inside a function, ``locals`` can bind nothing.)"""


@dataclass
class Uses:
    """What some code does with global names."""

    reads: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    """Names whose objects it changes in place or by an attribute or an item; in a function, also the
    names that it binds as ``global``."""
    reaches: set[str] = field(default_factory=set)
    """Names whose objects it may change under another name, if they are no functions."""
    calls: set[str] = field(default_factory=set)
    methods: dict[str, bool] = field(default_factory=dict)
    """Names on which it calls a method; whether the method is given any name."""
    gives: set[tuple[str, str]] = field(default_factory=set)
    """A name that it calls, and a name that it gives to it."""


@dataclass
class Effects:
    """What a statement does while it runs (``now``), and what its functions do when they are called
    (``later``)."""

    now: Uses = field(default_factory=Uses)
    later: Uses = field(default_factory=Uses)
    binds: set[str] = field(default_factory=set)
    """Names that it gives a value, or deletes."""
    defines: set[str] = field(default_factory=set)
    """Those of them that are functions, classes or imports."""
    derives: set[str] = field(default_factory=set)
    """Names of the classes, and classes of classes, that a class in it is made from."""
    imports: dict[str, str] = field(default_factory=dict)
    """Those of them that are imports, and from which module."""
    ties: list[set[str]] = field(default_factory=list)
    """Sets of names that may share an object from now on."""
    texts: set[str] = field(default_factory=set)
    """Short texts in it: an exercise is asked for by its name."""
    asks_openly: bool = False
    """Whether it asks for an exercise whose name the text doesn't tell."""
    binds_openly: bool = False
    """Whether it may bind names that the text doesn't tell."""


def effects_of(statement: ast.stmt) -> Effects:
    """The effects of a statement at the top of a cell."""
    reader = _Reader()
    reader.visit(statement)
    return reader.effects


@dataclass
class _Scope:
    """The variables of a function or a comprehension around the code that is read."""

    names: set[str]
    declared: set[str] = field(default_factory=set)
    function: bool = True
    changed: set[str] = field(default_factory=set)
    ties: list[set[str]] = field(default_factory=list)


class _Reader(ast.NodeVisitor):
    def __init__(self) -> None:
        self.effects = Effects()
        self.uses = self.effects.now
        self.scopes: list[_Scope] = []
        self.in_class = False

    # --- names ------------------------------------------------------------------------------------

    def _owner(self, name: str) -> _Scope | None:
        return next((scope for scope in reversed(self.scopes) if name in scope.names), None)

    def _globals(self, names: Iterable[str]) -> set[str]:
        return {name for name in names if not self._owner(name)}

    def _bind(self, name: str) -> None:
        inside = next((scope for scope in reversed(self.scopes) if scope.function), None)
        if inside and name in inside.declared:
            self._change(name)
        elif not (inside or self.in_class or self._owner(name)):
            self.effects.binds.add(name)

    def _change(self, name: str | None) -> None:
        if name and (owner := self._owner(name)):
            owner.changed.add(name)
        elif name:
            self.uses.changes.add(name)

    def _change_any(self, names: Iterable[str]) -> None:
        for name in names:
            self._change(name)

    def _tie(self, targets: Iterable[ast.expr | None], value: ast.expr | None) -> None:
        names = {name for target in targets for name in _shared(target)} | _shared(value)
        (self.scopes[-1].ties if self.scopes else self.effects.ties).append(names)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._bind(node.id)
        elif not self._owner(node.id):
            self.uses.reads.add(node.id)

    def visit_Attribute(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._change_any(roots(node))
            if isinstance(node, ast.Subscript) and _is_namespace(node.value):
                self._bind_text(node.slice)
        elif isinstance(node, ast.Subscript) and _is_namespace(node.value):
            self._read_text(node.slice)
        self.generic_visit(node)

    visit_Subscript = visit_Attribute

    def _bind_text(self, key: ast.expr | None) -> None:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            (self.uses.changes if self.scopes else self.effects.binds).add(key.value)
        else:
            self.effects.binds_openly = True

    def _read_text(self, key: ast.expr) -> None:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            self.uses.reads.add(key.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and len(node.value) < 100:
            self.effects.texts.add(node.value)

    # --- statements that bind ---------------------------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> None:
        self._tie(node.targets, node.value)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr | ast.AnnAssign) -> None:
        self._tie([node.target], node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:  # else it is a remark, and binds nothing
            self.visit_NamedExpr(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.BinOp):  # nobody keeps its result: `log << 0.5`
            self._change_any(roots(node.value.left))
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        name = root(node.target)
        if name and not self._owner(name):
            self.uses.reads.add(name)
        self._change(name)
        self._tie([node.target], node.value)
        self.generic_visit(node)

    def visit_For(self, node: ast.For | ast.AsyncFor | ast.comprehension) -> None:
        self._tie([node.target], node.iter)
        self.generic_visit(node)

    visit_AsyncFor = visit_comprehension = visit_For

    def visit_withitem(self, node: ast.withitem) -> None:
        self._tie([node.optional_vars], node.context_expr)
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._import((alias.asname or alias.name).split(".")[0], alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self._import(alias.asname or alias.name, node.module or "")

    def _import(self, name: str, module: str) -> None:
        self._define(name)
        if name in self.effects.binds:
            self.effects.imports[name] = module

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self._bind(node.rest)
        self.generic_visit(node)

    def _define(self, name: str) -> None:
        self._bind(name)
        if name in self.effects.binds:
            self.effects.defines.add(name)

    # --- code inside the statement ----------------------------------------------------------------

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._decorators(node)
        self._define(node.name)
        self._function(node, node.body, filter(None, [node.returns]))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node, [node.body], [])

    def _function(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        body: list,
        at_once: Iterable,
        uses: Uses | None = None,
    ) -> None:
        a = node.args
        parameters = [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, [a.vararg, a.kwarg])]
        for part in (*a.defaults, *filter(None, a.kw_defaults), *at_once):
            self.visit(part)
        for parameter in parameters:
            if parameter.annotation:
                self.visit(parameter.annotation)
        bound, declared = _local_names(body)
        names = {parameter.arg for parameter in parameters} | bound
        before = self.uses, self.in_class
        self.uses, self.in_class = uses or self.effects.later, False
        with self._inside(_Scope(names - declared, declared)):
            for part in body:
                self.visit(part)
        self.uses, self.in_class = before

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._decorators(node)
        self._define(node.name)
        for base in (*node.bases, *(keyword.value for keyword in node.keywords)):
            self.effects.derives |= self._globals(filter(None, [root(base)]))
            self._called(base)
            self.visit(base)
        before, self.in_class = self.in_class, True
        for part in node.body:
            self.visit(part)
        self.in_class = before

    def _decorators(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self._called(decorator.func if isinstance(decorator, ast.Call) else decorator)
            self.visit(decorator)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        names = {
            name.id
            for part in node.generators
            for name in ast.walk(part.target)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        }
        with self._inside(_Scope(names, function=False)):
            self.generic_visit(node)

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension

    @contextmanager
    def _inside(self, scope: _Scope) -> Iterator[None]:
        self.scopes.append(scope)
        yield
        self.scopes.pop()
        # A variable of the function may stand for a global one: `table = TABLE; table.append(1)`.
        changed, before = scope.changed, -1
        while len(changed) > before:
            before = len(changed)
            for tie in scope.ties:
                if tie & changed:
                    changed |= tie
        for name in changed - scope.names:
            if owner := self._owner(name):
                owner.changed.add(name)
            else:
                self.uses.reaches.add(name)

    # --- calls ------------------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> None:
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        names = {name for part in given for name in _shared(part)}
        self._called(node.func, names)
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        for keyword in node.keywords:
            if keyword.arg in ("out", "file"):
                self._change_any(_shared(keyword.value))
        for part in given:
            if isinstance(part, ast.Attribute) and part.attr in METHODS:
                self._change_any(roots(part))
        if isinstance(node.func, ast.Attribute) and _is_namespace(node.func.value):
            self._namespace(node)
        if isinstance(node.func, ast.Lambda):
            self._function(node.func, [node.func.body], [], self.uses)
        if function in ("exec", "eval"):
            self._text_that_runs(node.args)
        if function == "get_exercise" or getattr(node.func, "attr", "") == "get_exercise":
            self.effects.asks_openly |= not all(isinstance(part, ast.Constant) for part in given)
        self.generic_visit(node)

    def _called(self, function: ast.expr, given: Iterable[str] = ()) -> None:
        name, given = root(function), set(given)
        last = getattr(function, "attr", getattr(function, "id", ""))
        if last in CHANGERS | CALLERS or name in CONTAINERS:
            self._change_any(given)
        if last in METHODS:  # `np.asarray(half).fill(0.5)`
            self._change_any(roots(function) - {name})
        if name is None:
            return
        if owner := self._owner(name):
            if isinstance(function, ast.Attribute):
                owner.changed.add(name)
            return
        self.uses.calls.add(name)
        if isinstance(function, ast.Name):
            self.uses.gives |= {(name, other) for other in self._globals(given)}
        if isinstance(function, ast.Attribute):
            self.uses.methods[name] = self.uses.methods.get(name, False) or bool(given)

    def _namespace(self, node: ast.Call) -> None:
        """``globals().update(half=0.5)``, ``globals().get("half")``."""
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if method == "update":
            for keyword in node.keywords:
                self._bind_text(ast.Constant(keyword.arg) if keyword.arg else None)
            for part in node.args:
                for key in part.keys if isinstance(part, ast.Dict) else [None]:
                    self._bind_text(key)
        elif method in ("setdefault", "__setitem__", "pop") and node.args:
            self._bind_text(node.args[0])
        elif method in ("get", "__getitem__") and node.args:
            self._read_text(node.args[0])

    def _text_that_runs(self, given: list[ast.expr]) -> None:
        if given[1:] and not _is_namespace(given[1]):  # it runs in a table of its own
            self._change_any(set().union(*map(_shared, given[1:])))
            return
        for text in given[:1]:
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                for statement in ast.parse(text.value.strip()).body:
                    self.visit(statement)
            else:
                self.effects.binds_openly = True


def root(node: ast.expr) -> str | None:
    """The name at the root of an expression: ``a`` for ``a.b[c].d(e)``."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func
        else:
            return None
    return node.id


def roots(node: ast.expr) -> set[str]:
    """The names whose objects change where an item, an attribute or a method of the expression does:
    its root, and what calls on the way were given, as in ``vars(a)["b"]``."""
    found = {root(node)}
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Call):
            found |= _shared(node)
            node = node.func
        elif isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        else:
            break
    return {name for name in found if name}


def _shared(node: ast.expr | None) -> set[str]:
    """The names that an expression may share an object with: it is theirs, in it or around it."""
    if node is None:
        return set()
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return {name for part in node.elts for name in _shared(part)}
    if isinstance(node, ast.Dict):
        return {name for part in node.values for name in _shared(part)}
    if isinstance(node, ast.IfExp):
        return _shared(node.body) | _shared(node.orelse)
    if isinstance(node, ast.BoolOp):
        return {name for part in node.values for name in _shared(part)}
    if isinstance(node, ast.BinOp):
        displays = [
            part for part in (node.left, node.right) if isinstance(part, ast.List | ast.Tuple)
        ]
        return _shared(node.left) | _shared(node.right) if displays else set()
    if isinstance(node, ast.NamedExpr):
        return _shared(node.value) | {node.target.id}
    if isinstance(node, ast.Call):  # a function may return what it was given
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return {name for part in given for name in _shared(part)} | _shared(node.func)
    name = root(node)
    return {name} if name else set()


def _is_namespace(node: ast.expr) -> bool:
    """Whether it is ``globals()`` or ``vars()``."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in NAMESPACES
        and not node.args
    )


def _local_names(body: list) -> tuple[set[str], set[str]]:
    """The names that the body of a function binds, and those that it declares global or nonlocal."""
    bound: set[str] = set()
    declared: set[str] = set()
    parts: list[ast.AST] = list(body)
    while parts:
        part = parts.pop()
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(part.name)
            continue
        if isinstance(part, ast.Lambda):
            continue
        if isinstance(part, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            bound |= {n.target.id for n in ast.walk(part) if isinstance(n, ast.NamedExpr)}
            continue
        if isinstance(part, ast.Global | ast.Nonlocal):
            declared |= set(part.names)
        elif isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            bound.add(part.id)
        elif isinstance(part, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).split(".")[0] for alias in part.names}
        elif isinstance(part, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and part.name:
            bound.add(part.name)
        elif isinstance(part, ast.MatchMapping) and part.rest:
            bound.add(part.rest)
        parts += ast.iter_child_nodes(part)
    return bound, declared
