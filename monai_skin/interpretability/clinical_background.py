# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The people that age, sex and site of a person are compared with in Shapley values."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import torch

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_table
from monai_skin.transforms import encode_clinical_metadata

__all__ = ["clinical_grid", "read_clinical_background"]

_AGES = range(5, 90, 10)
_SEXES = ("female", "male")


def clinical_grid(*, age_mean: float, age_std: float, sites: Sequence[str]) -> torch.Tensor:
    """Every age from 5 to 85 years in steps of 10 with both sexes and every site, each once.

    These are no patients: all combinations weigh the same, whatever people are like. Whoever wants the comparison with
    the people of a clinic gives their rows, see :func:`read_clinical_background`.

    Args:
        age_mean: of :func:`monai_skin.transforms.encode_clinical_metadata`, like all that follows.
        age_std: likewise.
        sites: likewise; 14 of them are 252 rows.

    Returns:
        ``(rows, 4)`` float32 in the form of the ``clinical`` input.
    """
    return torch.stack(
        [
            encode_clinical_metadata(*person, age_mean=age_mean, age_std=age_std, sites=sites)
            for person in product(_AGES, _SEXES, sites)
        ]
    )


def read_clinical_background(
    file: str | os.PathLike[str], *, age_mean: float, age_std: float, sites: Sequence[str]
) -> torch.Tensor:
    """The rows of a table with the columns ``age``, ``sex`` and ``site``; empty cells are unknown.

    Args:
        file: CSV.
        age_mean: of :func:`monai_skin.transforms.encode_clinical_metadata`, like all that follows.
        age_std: likewise.
        sites: likewise.

    Returns:
        ``(rows, 4)`` float32 in the form of the ``clinical`` input.

    Raises:
        InvalidInputError: it is no such table, it has no rows, or a value is outside its vocabulary; the row is named.
    """
    name = Path(file).name
    rows = read_table(file, required=("age", "sex", "site"))
    if not rows:
        raise InvalidInputError.about(name, "table", "has no rows", expected="one person a row, 100 are enough")
    encoded = [
        encode_clinical_metadata(
            row["age"],
            row["sex"],
            row["site"],
            age_mean=age_mean,
            age_std=age_std,
            sites=sites,
            source=f"{name} row {number}",
        )
        for number, row in enumerate(rows, start=2)
    ]
    return torch.stack(encoded)
