# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Ground truth tables of the ISIC challenges: one column per class, 1 in that of the diagnosis."""

from __future__ import annotations

from collections.abc import Mapping

from monai_skin.errors import InvalidInputError

__all__ = ["chosen_class"]


def chosen_class(row: Mapping[str, str], classes: Mapping[str, str], *, neither: str | None, source: str) -> str:
    """Diagnosis code of a row.

    Args:
        classes: code of each column.
        neither: code of a row with 0 everywhere; ``None`` where that may not be.

    Raises:
        InvalidInputError: for two classes at once, for none, or for a cell that is neither 0 nor 1.
    """
    chosen = [code for column, code in classes.items() if _is_one(row[column], source, column)]
    if not chosen and neither is not None:
        return neither
    if len(chosen) != 1:
        problem = f"are 1 in {len(chosen)} columns"
        raise InvalidInputError.about(source, "classes", problem, expected=f"exactly one of {', '.join(classes)}")
    return chosen[0]


def _is_one(cell: str, source: str, column: str) -> bool:
    if cell.strip() not in {"0", "0.0", "1", "1.0"}:
        raise InvalidInputError.about(source, column, f"is {cell!r}", expected="0 or 1")
    return float(cell) == 1
