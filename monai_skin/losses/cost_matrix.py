# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Cross entropy plus what a mistake costs, for mistakes of unequal weight."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn as nn
import torch.nn.functional as F

from monai_skin.labels import DIAGNOSES, VOCABULARIES

__all__ = ["CostMatrixLoss", "cost_matrix_loss", "malignant_cost_matrix"]


def cost_matrix_loss(
    logits: torch.Tensor, target: torch.Tensor, cost: torch.Tensor, *, lambda_cost: float = 1.0
) -> torch.Tensor:
    r"""Cross entropy plus :math:`\lambda \sum_j M_{yj} p_j`, the cost that the predicted probabilities lead to expect.

    Galdran et al., "Cost-Sensitive Regularization for Diabetic Retinopathy Grading from Eye Fundus Images", MICCAI
    2020, https://arxiv.org/abs/2010.00291. With ``lambda_cost=0`` this is
    :func:`torch.nn.functional.cross_entropy`.

    Args:
        logits: ``(B, K)``.
        target: ``(B,)`` integer.
        cost: ``(K, K)``; row is the truth, column the answer.
        lambda_cost: weight of the cost beside the cross entropy.

    Returns:
        A scalar, the mean over images.
    """
    expected = (cost.to(logits)[target] * logits.softmax(dim=1)).sum(dim=1)
    return F.cross_entropy(logits, target) + lambda_cost * expected.mean()


class CostMatrixLoss(nn.Module):
    """Class form of :func:`cost_matrix_loss`.

    Args:
        cost: ``(K, K)``, such as :func:`malignant_cost_matrix` gives; nothing below 0, and 0 for a right answer.
        lambda_cost: weight of the cost beside the cross entropy.
    """

    cost: torch.Tensor

    def __init__(self, cost: torch.Tensor | Sequence[Sequence[float]], *, lambda_cost: float = 1.0) -> None:
        super().__init__()
        matrix = torch.as_tensor(cost, dtype=torch.float32)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise ValueError(f"cost must have as many rows as columns, got shape {tuple(matrix.shape)}")
        if bool((matrix < 0).any()):
            raise ValueError(f"cost must be 0 or more everywhere, got {matrix.min().item():g}")
        if bool((matrix.diagonal() != 0).any()):
            raise ValueError(f"cost of a right answer must be 0, got the diagonal {matrix.diagonal().tolist()}")
        self.lambda_cost = lambda_cost
        self.register_buffer("cost", matrix)

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if logits.shape[1] != len(self.cost):
            raise ValueError(f"logits have {logits.shape[1]} classes, cost has {len(self.cost)}")
        return cost_matrix_loss(logits, target, self.cost, lambda_cost=self.lambda_cost)


def malignant_cost_matrix(vocabulary: str, factor: float = 5.0) -> torch.Tensor:
    """Costs by which a cancer taken for something benign weighs ``factor``, and every other mistake 1.

    Args:
        vocabulary: name in :data:`monai_skin.labels.VOCABULARIES`.
        factor: cost of the mistake that delays a treatment.

    Returns:
        ``(K, K)`` float32; row is the truth, column the answer, 0 on the diagonal.

    >>> malignant_cost_matrix("isic2017", 5)  # melanoma, nevus, keratosis
    tensor([[0., 5., 5.],
            [1., 0., 1.],
            [1., 1., 0.]])
    """
    if vocabulary not in VOCABULARIES:
        raise ValueError(f"vocabulary must be one of {', '.join(VOCABULARIES)}, got {vocabulary!r}")
    malignant = torch.tensor([DIAGNOSES[code].malignant for code in VOCABULARIES[vocabulary]])
    cost = torch.ones(len(malignant), len(malignant))
    cost[malignant[:, None] & ~malignant[None, :]] = factor
    return cost.fill_diagonal_(0)
