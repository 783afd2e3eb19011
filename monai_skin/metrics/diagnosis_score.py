# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A score over all images of a run, for MONAI's engines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from monai.metrics import CumulativeIterationMetric

from monai_skin.errors import InvalidInputError
from monai_skin.metrics.calibration import (
    adaptive_calibration_error,
    classwise_calibration_error,
    expected_calibration_error,
    maximum_calibration_error,
)
from monai_skin.metrics.classification import (
    accuracy,
    balanced_accuracy,
    brier,
    macro_auc,
    macro_f1,
    negative_log_likelihood,
    weighted_auc,
)

__all__ = ["DIAGNOSIS_SCORES", "DiagnosisScore"]

DIAGNOSIS_SCORES: Mapping[str, Callable[..., float]] = {
    "accuracy": accuracy,
    "adaptive_calibration_error": adaptive_calibration_error,
    "balanced_accuracy": balanced_accuracy,
    "brier": brier,
    "classwise_calibration_error": classwise_calibration_error,
    "expected_calibration_error": expected_calibration_error,
    "macro_auc": macro_auc,
    "macro_f1": macro_f1,
    "maximum_calibration_error": maximum_calibration_error,
    "negative_log_likelihood": negative_log_likelihood,
    "weighted_auc": weighted_auc,
}
"""Scores an engine can report. The errors, the Brier score and the negative log-likelihood are best when low; handlers
that choose weights or end a training take the highest value for the best, so give them one of the others."""


class DiagnosisScore(CumulativeIterationMetric):
    """One score of :data:`DIAGNOSIS_SCORES` as a MONAI metric.

    None of these scores is a mean over images, so all probabilities are kept, gathered from all processes, and scored
    together; how the images were batched or shared out makes no difference.

    Args:
        score: its name there.

    Shapes:
        y_pred: ``(B, K)`` probabilities, or a list of ``(K,)``.
        y: ``(B,)`` class indices, or a list of numbers, which is what decollating makes of them.
    """

    def __init__(self, score: str = "balanced_accuracy") -> None:
        super().__init__()
        if score not in DIAGNOSIS_SCORES:
            raise ValueError(f"score must be one of {', '.join(DIAGNOSIS_SCORES)}, got {score!r}")
        self.score = score

    def _compute_list(self, y_pred: Any, y: Any = None, **_: Any) -> list[torch.Tensor | Sequence[torch.Tensor]]:
        probabilities = torch.stack([torch.as_tensor(row).as_subclass(torch.Tensor) for row in y_pred])
        labels = None if y is None else torch.as_tensor([int(label) for label in y], device=probabilities.device)
        return [*self._compute_tensor(probabilities, labels)]

    def _compute_tensor(self, y_pred: torch.Tensor, y: torch.Tensor | None = None, **_: Any) -> list[torch.Tensor]:
        if y is None:
            raise InvalidInputError.about("predictions", "truth", "is missing", expected="a class for every image")
        probabilities = y_pred.as_subclass(torch.Tensor).detach()
        labels = y.as_subclass(torch.Tensor).to(probabilities.device)
        if probabilities.ndim != 2 or labels.numel() != len(probabilities):
            problem = f"shape is {tuple(probabilities.shape)} with {labels.numel()} labels"
            raise InvalidInputError.about("predictions", "batch", problem, expected="(B, K) with B labels")
        return [probabilities, labels.reshape(-1).long()]

    def aggregate(self, *_: Any, **__: Any) -> torch.Tensor:
        """The score of all images seen since the last reset; NaN if there were none.

        Raises:
            InvalidInputError: a probability is not finite, or an image's do not add up to 1.
        """
        buffers: Sequence[torch.Tensor] | None = self.get_buffer()  # type: ignore[no-untyped-call]
        if not buffers:
            return torch.tensor(float("nan"))
        probabilities, labels = (each.cpu() for each in buffers)
        value = DIAGNOSIS_SCORES[self.score](labels.numpy(), probabilities.double().numpy())
        return torch.tensor(value, dtype=torch.float64)
