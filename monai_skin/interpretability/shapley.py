# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Exact Shapley values of the fields of a row."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch

from monai_skin.errors import InvalidInputError, UsageError

__all__ = ["CLINICAL_FIELDS", "ShapleyValues", "exact_shapley"]

CLINICAL_FIELDS: Mapping[str, Sequence[int]] = {"age": (0, 1), "sex": (2,), "site": (3,)}
"""Columns of the ``clinical`` tensor; an age and whether it is missing are one field."""

_MOST_FIELDS = 10  # 1,024 coalitions


class ShapleyValues(NamedTuple):
    """What each field adds to the base; base and all values together are the function of the row.

    Attributes:
        values: ``(fields, K)`` float64, in the order of the groups.
        base: ``(K,)`` float64, mean of the function over the background.
    """

    values: torch.Tensor
    base: torch.Tensor


def exact_shapley(
    function: Callable[[torch.Tensor], torch.Tensor],
    row: torch.Tensor,
    background: torch.Tensor,
    groups: Mapping[str, Sequence[int]] = CLINICAL_FIELDS,
    *,
    batch_size: int = 256,
) -> ShapleyValues:
    r"""Divide the function of a row fairly among its fields, over all coalitions and without sampling.

    Shapley, "A value for n-person games", 1953; Lundberg and Lee, "A Unified Approach to Interpreting Model
    Predictions", 2017, https://arxiv.org/abs/1705.07874. A coalition is worth the mean of the function over the
    background with the coalition's fields set to the row's (interventional: the fields are taken as independent, so
    rows may appear that no patient has). The values are about the function and not about the world.

    Args:
        function: ``(n, columns)`` to ``(n, K)``, see :func:`function_of_clinical`; probabilities or logits, which
            divide differently. It is asked for each different row once.
        row: ``(columns,)``.
        background: ``(m, columns)``, such as 100 training rows.
        groups: columns by field; together they are all columns, each once.
        batch_size: rows given to ``function`` at a time.

    Raises:
        InvalidInputError: ``row`` or ``background`` has another shape, or ``background`` is empty.
        UsageError: ``groups`` leave out a column or have one twice, or are more than 10.
    """
    if row.ndim != 1 or background.ndim != 2 or len(background) == 0 or background.shape[1] != len(row):
        problem = f"has shape {tuple(background.shape)} beside a row of {tuple(row.shape)}"
        raise InvalidInputError.about("explanation", "background", problem, expected="(m, columns) and (columns,)")
    members = _members(groups, len(row))
    coalitions = _coalitions(len(groups))
    taken = ((coalitions.int() @ members.int()) > 0).to(row.device)  # (coalitions, columns)
    # every coalition with every row of the background: many are the same, and the whole row comes as often as the
    # background has rows
    mixed = torch.where(taken[:, None], row, background).flatten(0, 1)
    different, places = torch.unique(mixed, dim=0, return_inverse=True)
    found = torch.cat([function(rows).detach().double() for rows in torch.split(different, batch_size)])
    worth = found[places].reshape(len(coalitions), len(background), -1).mean(dim=1)
    return ShapleyValues(_weights(coalitions).to(worth) @ worth, worth[0])


def _members(groups: Mapping[str, Sequence[int]], columns: int) -> torch.Tensor:
    """``(fields, columns)`` bool: which columns a field has."""
    if not 1 <= len(groups) <= _MOST_FIELDS:
        raise UsageError.about("explanation", "groups", f"are {len(groups)}", expected=f"1 to {_MOST_FIELDS}")
    used = sorted(column for group in groups.values() for column in group)
    if used != list(range(columns)) or not all(groups.values()):
        problem = f"have the columns {', '.join(map(str, used)) or 'of nothing'}"
        raise UsageError.about("explanation", "groups", problem, expected=f"0 to {columns - 1}, each in one group")
    members = torch.zeros(len(groups), columns, dtype=torch.bool)
    for field, group in enumerate(groups.values()):
        members[field, list(group)] = True
    return members


def _coalitions(fields: int) -> torch.Tensor:
    """``(2 ** fields, fields)`` bool, the empty coalition first."""
    return (torch.arange(2**fields)[:, None] >> torch.arange(fields)) % 2 == 1


def _weights(coalitions: torch.Tensor) -> torch.Tensor:
    """``(fields, coalitions)``: a field's value is this weighted sum of what coalitions are worth."""
    fields = coalitions.shape[1]
    # with s others present, a field joins in s! (n - s - 1)! of n! orders
    share = torch.tensor([1 / (fields * math.comb(fields - 1, s)) for s in range(fields)], dtype=torch.float64)
    others = coalitions.sum(dim=1, keepdim=True) - coalitions.int()
    return torch.where(coalitions, share[others], -share[others]).T
