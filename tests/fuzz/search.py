# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The search itself, the same for every door: seeds, the functions whose coverage guides it, and its start."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType


def require(holds: bool) -> None:
    """Raise where a promise of a harness does not hold."""
    if not holds:
        raise RuntimeError("a promise does not hold")


def search(name: str, seeds: Mapping[str, bytes], harness: Callable[[bytes], None], watched: tuple[str, ...]) -> None:
    """Search from these seeds, watching the functions of modules whose names begin so. Ends the process."""
    import atheris

    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    for seed, data in seeds.items():
        (corpus / seed).write_bytes(data)
    for function in sorted(functions_of(watched), key=lambda function: function.__qualname__):
        atheris.instrument_func(function)
    atheris.Setup([*sys.argv, str(corpus)], harness)
    atheris.Fuzz()


def functions_of(prefixes: tuple[str, ...]) -> set[FunctionType]:
    """Our doors and the parts of a library behind them; watching every imported module would take minutes to set up."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith(prefixes)]
    members = [member for module in modules for member in vars(module).values()]
    members += [inner for member in members if isinstance(member, type) for inner in vars(member).values()]
    return {member for member in members if isinstance(member, FunctionType) and member.__module__.startswith(prefixes)}
