# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Arguments of components compared with the signatures of what they name.

Python takes ``"False"`` for true and MONAI's ``DataLoader`` takes any name at all, so a slip in a config is silent.
"""

from __future__ import annotations

import difflib
import enum
import functools
import inspect
import types
import typing
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

from monai_skin.pipeline.checks.findings import Finding, invalid
from monai_skin.pipeline.checks.merge import MISSING, follow
from monai_skin.pipeline.checks.targets import ALLOWED_TARGETS, resolve_target
from monai_skin.pipeline.checks.walk import SPECIAL_KEYS, iterate

__all__ = ["admits", "argument_findings", "parameters_of"]

PLAIN = {"bool": bool, "int": int, "float": float, "str": str}  # annotations that stayed text


def argument_findings(file: str, config: Mapping[str, Any]) -> list[Finding]:
    """Unknown, missing and ill-typed arguments of every allowed component in a merged config."""
    found: list[Finding] = []
    for path, value in iterate(config):
        if isinstance(value, Mapping) and value.get("_target_") in tuple(ALLOWED_TARGETS):
            found.extend(_component(f"{file}, {'#'.join(path)}", value, config))
    return found


def _component(where: str, component: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[Finding]:
    target = component["_target_"]
    try:
        parameters, takes_any = parameters_of(resolve_target(target))
    except ImportError as error:
        yield invalid(where, f"_target_ cannot be imported ({error})", expected="a name of the installed versions")
        return
    for name, value in component.items():
        if name in SPECIAL_KEYS:
            continue
        if name in parameters:
            yield from _value(f"{where}#{name}", parameters[name], follow(config, value))
        elif not takes_any:
            close = difflib.get_close_matches(name, parameters, n=1)
            expected = f"perhaps {close[0]!r}" if close else f"one of {', '.join(parameters)}"
            yield invalid(f"{where}#{name}", f"is no argument of {target}", expected=expected)
    if component.get("_mode_", "default") == "default":
        needed = [name for name, parameter in parameters.items() if parameter.default is inspect.Parameter.empty]
        for name in needed:
            if name not in component:
                yield invalid(where, f"lacks the argument {name!r} of {target}", expected="all that have no default")


def _value(where: str, parameter: inspect.Parameter, value: Any) -> Iterator[Finding]:
    if not _is_literal(value) or (value == parameter.default and type(value) is type(parameter.default)):
        return
    annotation = parameter.annotation
    if annotation is inspect.Parameter.empty and isinstance(parameter.default, bool | int | float):
        annotation = type(parameter.default)
    if not admits(annotation, value):
        expected = annotation.__name__ if isinstance(annotation, type) else str(annotation)
        yield invalid(where, f"is {value!r}", expected=expected)


def _is_literal(value: Any) -> bool:
    """Whether a value is known before the config runs; ``$``, ``@`` and ``%`` are not, nor is what holds them."""
    if isinstance(value, str):
        return not value.startswith(("$", "@", "%"))
    if isinstance(value, list):
        return all(map(_is_literal, value))
    if isinstance(value, Mapping):
        return "_target_" not in value and all(map(_is_literal, value.values()))
    return value is not MISSING


@functools.cache  # the same few classes stand in every config, and resolving their annotations takes most of a check
def parameters_of(target: Callable[..., Any]) -> tuple[dict[str, inspect.Parameter], bool]:
    """Arguments by name, with annotations resolved where they can be, and whether any other name is taken.

    ``**kwargs`` of a constructor are looked up in the next class it inherits from, as they are nearly always passed on.
    """
    if not inspect.isclass(target):
        return _named(target, skip_first=False)
    constructors = [vars(kind)["__init__"] for kind in target.__mro__[:-1] if "__init__" in vars(kind)]
    parameters: dict[str, inspect.Parameter] = {}
    for constructor in constructors:
        own, takes_any = _named(constructor, skip_first=True)
        parameters = {**own, **parameters}
        if not takes_any:
            return parameters, False
    return parameters, bool(constructors)


def _named(function: Callable[..., Any], *, skip_first: bool) -> tuple[dict[str, inspect.Parameter], bool]:
    listed = list(inspect.signature(function).parameters.values())[int(skip_first) :]
    takes_any = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in listed)
    try:
        hints = typing.get_type_hints(function)
    except (NameError, TypeError, AttributeError):  # names that exist for type checkers only
        hints = {one.name: PLAIN.get(str(one.annotation), Any) for one in listed}
    variadic = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    named = {
        one.name: one.replace(annotation=hints.get(one.name, inspect.Parameter.empty))
        for one in listed
        if one.kind not in variadic
    }
    return named, takes_any


def admits(annotation: Any, value: Any) -> bool:
    """Whether a JSON value fits a type; True when the type is one that JSON cannot decide about.

    >>> admits(bool, "True"), admits(bool, True), admits(float, 1), admits(int | None, 2.5)
    (False, True, True, False)
    """
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is Any or isinstance(annotation, str):
        return True
    if origin in (typing.Union, types.UnionType):
        return any(admits(one, value) for one in inner)
    if origin is typing.Literal:
        return any(value == one and type(value) is type(one) for one in inner)
    if annotation is None or annotation is types.NoneType:
        return value is None
    if annotation is bool or annotation is str:
        return isinstance(value, annotation)
    if annotation is int or annotation is float:
        return isinstance(value, (int, annotation)) and not isinstance(value, bool)
    return _admits_container(origin or annotation, inner, value)


def _admits_container(kind: Any, inner: tuple[Any, ...], value: Any) -> bool:
    if not inspect.isclass(kind) or kind is object:
        return True
    if kind is Hashable:
        return not isinstance(value, list | Mapping)
    if issubclass(kind, enum.Enum):
        return isinstance(value, str | int)
    if issubclass(kind, Mapping):
        return isinstance(value, Mapping)
    if kind in (list, tuple) or (kind.__module__ == "collections.abc" and hasattr(kind, "__iter__")):
        return _admits_items(kind, inner, value)
    return not isinstance(value, bool | int | float | types.NoneType)  # an object is no number


def _admits_items(kind: Any, inner: tuple[Any, ...], value: Any) -> bool:
    if isinstance(value, str):
        return kind is not list and kind is not tuple and (not inner or admits(inner[0], value))
    if not isinstance(value, list):
        return False
    if kind is tuple and inner and inner[-1] is not ...:
        return len(inner) == len(value) and all(map(admits, inner, value))
    return not inner or all(admits(inner[0], one) for one in value)
