# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a network of two modalities is trained with: the class, each modality alone, and what it rebuilds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn as nn
import torch.nn.functional as F

__all__ = ["ClinicalUltrasoundLoss", "consistency_loss", "reconstruction_loss"]


def reconstruction_loss(rebuilt: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Mean over tokens of ``1 - cos``; from 0 where each points where it should, to 2 where it points the other way.

    Args:
        rebuilt: ``(B, M, width)``.
        truth: ``(B, M, width)``; no gradient reaches it.

    Returns:
        A scalar.
    """
    return (1 - F.cosine_similarity(rebuilt, truth.detach(), dim=-1)).mean()


def consistency_loss(logits: torch.Tensor, again: torch.Tensor) -> torch.Tensor:
    """Kullback-Leibler divergence of the probabilities of ``again`` from those of ``logits``, at least 0.

    Args:
        logits: ``(B, K)``; no gradient reaches them.
        again: ``(B, K)``, of the same items.

    Returns:
        A scalar, the mean over items.
    """
    truth = F.log_softmax(logits.detach(), dim=1)
    return F.kl_div(F.log_softmax(again, dim=1), truth, reduction="batchmean", log_target=True)


class ClinicalUltrasoundLoss(nn.Module):
    r"""Cross entropy of a pair, of each modality alone and after reconstruction, with the losses of the latter.

    .. math:: CE + a (CE_c + CE_u) + r (\lambda_1 L_{rec} + \lambda_2 CE' + \lambda_3 KL)

    The parts are those of a reconstruction from the abstract of Xiao et al., IEEE Transactions on Medical Imaging
    44(1), 2025, https://doi.org/10.1109/TMI.2024.3450682; their form and weights are ours. A part the network does not
    return is left out, so that plain logits cost their cross entropy. A modality that is missing has no loss of its
    own.

    Shapes:
        output: ``(B, K)`` logits, or what ``ClinicalUltrasoundNet`` returns in training: ``logits``, and where it has
            them ``clinical_logits``, ``ultrasound_logits`` and ``present`` ``(B, 2)``, ``rebuilt_logits``, ``rebuilt``
            and ``rebuilt_truth`` ``(B, M, width)``.
        target: ``(B,)`` integer.
        returns: a scalar.

    Args:
        auxiliary: a, weight of each modality alone.
        reconstruction: weight of :func:`reconstruction_loss`.
        rebuilt_class: weight of the cross entropy after reconstruction.
        consistency: weight of :func:`consistency_loss`.
        class_weights: of each class, for every cross entropy, averaged over samples; None for all alike.

    Attributes:
        ramp: r in [0, 1], share of the last three that counts now; :class:`monai_skin.handlers.RampLoss` raises it.

    Raises:
        ValueError: a weight that is negative; from ``forward``, another number of classes than of weights.
    """

    class_weights: torch.Tensor | None

    def __init__(
        self,
        *,
        auxiliary: float = 0.3,
        reconstruction: float = 0.5,
        rebuilt_class: float = 0.5,
        consistency: float = 0.1,
        class_weights: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        numbers = (auxiliary, reconstruction, rebuilt_class, consistency, *(class_weights or ()))
        if min(numbers) < 0:
            raise ValueError(f"weights must be 0 or more, got {list(numbers)}")
        self.auxiliary, self.reconstruction = auxiliary, reconstruction
        self.rebuilt_class, self.consistency = rebuilt_class, consistency
        self.ramp = 1.0
        weights = None if class_weights is None else torch.tensor(class_weights, dtype=torch.float32)
        self.register_buffer("class_weights", weights)

    def forward(self, output: torch.Tensor | Mapping[str, torch.Tensor], target: torch.Tensor) -> torch.Tensor:
        found = {"logits": output} if isinstance(output, torch.Tensor) else output
        loss = self._of_class(found["logits"], target)
        if "clinical_logits" in found:
            for column, name in enumerate(("clinical_logits", "ultrasound_logits")):
                there = found["present"][:, column]
                loss = loss + self.auxiliary * self._of_class(found[name], target, there)
        if "rebuilt_logits" in found:
            loss = loss + self.ramp * self._of_rebuilt(found, target)
        return loss

    def _of_rebuilt(self, found: Mapping[str, torch.Tensor], target: torch.Tensor) -> torch.Tensor:
        return (
            self.reconstruction * reconstruction_loss(found["rebuilt"], found["rebuilt_truth"])
            + self.rebuilt_class * self._of_class(found["rebuilt_logits"], target)
            + self.consistency * consistency_loss(found["logits"], found["rebuilt_logits"])
        )

    def _of_class(self, logits: torch.Tensor, target: torch.Tensor, counts: torch.Tensor | None = None) -> torch.Tensor:
        """Weighted cross entropy, the mean over the items that count; 0 where none does."""
        losses = F.cross_entropy(logits, target, reduction="none")
        if self.class_weights is not None:
            if len(self.class_weights) != logits.shape[1]:
                problem = f"logits have {logits.shape[1]} classes, class_weights has {len(self.class_weights)}"
                raise ValueError(problem)
            losses = self.class_weights.to(losses)[target] * losses
        if counts is None:
            return losses.mean()
        return (losses * counts).sum() / counts.sum().clamp_min(1)
