"""A panel as the call that would make it: what a student takes along to another cell."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from ..data import Dataset
from ..places import shell
from ..rules import Knob
from ..training import told
from .settings import Settings, slots


def as_code(
    function: Callable,
    settings: Settings,
    own: Collection[Knob],
    also: Collection[str] = (),
    notes: Collection[str] = (),
    **others: Any,
) -> str:
    """The call of a panel's function that shows a panel with these settings.

    Parameters
    ----------
    function : ``panel`` or ``sweep_panel``
    settings : Settings
        Those at which its controls stand.
    own : collection of Knob
        The panel's own.
    also : collection of str
        What stands behind the first rule.
    notes : collection of str
        What is to be said of it beside the call.
    **others :
        Further arguments.
    """
    defaults = inspect.signature(function).parameters
    first, *beside = settings.rules or ("backprop",)
    parts = [*map(_quoted, (first, *also, *beside))]
    name = settings.data.name
    given: dict[str, Any] = {"measures": settings.measures, "epochs": settings.epochs, **others}
    for key, value in given.items():
        if value != defaults[key].default:
            parts.append(f"{key}={_plain(value)}")
    values = _not_at_their_defaults(settings, own)
    parts += [f"{key}={value!r}" for key, value in values.items() if "." not in key]
    if not settings.by_name:
        parts.append(f"data={_variable(settings.data)}")
    elif name != defaults["data"].default:
        parts.append(f"data={_quoted(name)}")
    alone = ", ".join(f'"{key}": {value!r}' for key, value in values.items() if "." in key)
    parts += [f"**{{{alone}}}"] if alone else []
    said = [*notes]
    if settings.answers:
        said.append(f"inside with answers(...) of {' and '.join(settings.answers)}")
    if not settings.by_name:
        said.append(f"data: {told({'data': settings.data})['data']}")
    said += [f"{key}: {words}" for key, words in _called_otherwise(settings, own) if key in values]
    note = f"  # {'; '.join(said)}" if said else ""
    return f"{function.__name__}({', '.join(parts)}){note}"


def _variable(data: Dataset) -> str:
    """The session's name of the data that a panel was given; else one that hardly means others there."""
    session = getattr(shell(), "user_ns", {})
    return next((k for k, v in session.items() if v is data and k[:1] != "_"), "data_of_this_panel")


def _called_otherwise(settings: Settings, own: Collection[Knob]) -> Iterator[tuple[str, str]]:
    """The controls whose words do not say their keyword, with these words."""
    for key, slot in slots(settings.rules, own, settings.values).items():
        if slot.knob.name.replace("_", " ") not in slot.knob.words:
            yield key, slot.knob.words


def _not_at_their_defaults(settings: Settings, own: Collection[Knob]) -> Mapping[str, float]:
    """The controls that stand elsewhere than where a panel without arguments puts them.

    Where one that several rules share is named, those of single rules of that name are named too, since
    it would be for them as well.
    """
    usual = {name: slot.knob.default for name, slot in slots(settings.rules, own, {}).items()}
    moved = {k: v for k, v in settings.values.items() if usual.get(k) != v}
    return {
        k: v
        for k, v in settings.values.items()
        if k in moved or ("." in k and k.rpartition(".")[2] in moved)
    }


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_quoted(key)}: {number!r}' for key, number in value.items())}}}"
    if isinstance(value, tuple):
        return f"({', '.join(map(_quoted, value))}{',' if len(value) == 1 else ''})"
    return repr(value).removesuffix(".0")


def _quoted(text: str) -> str:
    return f'"{text}"'
