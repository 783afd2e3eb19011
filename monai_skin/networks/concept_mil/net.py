# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The concept network: visual concepts of a lesion image, fused with the whole image, as a bag of instances."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import torch
import torch.nn as nn

from monai_skin.networks.concept_mil.attention import ConceptCrossAttention, SoftmaxOver
from monai_skin.networks.concept_mil.classifier import ConceptClassifier
from monai_skin.networks.concept_mil.encoder import LocalConceptEncoder
from monai_skin.networks.concept_mil.pooling import check_mask, top_k_mean
from monai_skin.networks.concept_mil.start import kaiming_start

__all__ = ["ConceptEvidence", "ConceptMILNet", "Fusion"]

Fusion = Literal["cross_attention", "local_only", "global_only", "concat_1", "concat_2", "average_sum"]


class ConceptEvidence(NamedTuple):
    """What a diagnosis rests on. It is made from the ``top_k`` best concepts; shown is the best of them.

    Args:
        logits: ``(B, num_classes)``.
        concept_scores: ``(B, n, num_classes)``, of each concept for each class; what stands in empty places means
            nothing.
        attention: ``(B, heads, n, positions)`` of the image's map, row by row; None for a fusion without attention.
        deciding: ``(B,)``, the concept with the highest score for the predicted class.
        class_profile: ``(B, num_classes)``, the deciding concept's scores.
        concept_profile: ``(B, n)``, softmax over the concepts of the predicted class's scores; 0 in empty places.
    """

    logits: torch.Tensor
    concept_scores: torch.Tensor
    attention: torch.Tensor | None
    deciding: torch.Tensor
    class_profile: torch.Tensor
    concept_profile: torch.Tensor


class ConceptMILNet(nn.Module):
    """Concepts look at the image, each is scored for each class, and the best scores of a class are averaged.

    Hu et al., "Enhancing Skin Disease Diagnosis: Interpretable Visual Concept Discovery with SAM", WACV 2025,
    https://arxiv.org/abs/2409.09520. Certain from the paper: two convolutions over the concepts, a linear layer over
    the patch tokens of a vision transformer, one layer of eight-headed attention from concepts to patches, three
    convolutions with dropout 0.7, the mean of the k best scores. Kernel 1, the choice of the best concepts class by
    class, rectifiers and first weights are ours, after the code of CO2-Net, an action localiser with such a head.

    Shapes:
        image: ``(B, 3, H, W)``, normalised as the encoder wants it.
        concepts: ``(B, n, concept_width)``; without them each image has a single one of zeros, which says nothing, and
            the diagnosis rests on the image as far as ``fusion`` looks at it.
        concept_mask: ``(B, n)`` bool, False where a place is empty, which then has no say; None for none. Every image
            has a concept, and empty places come last.
        returns: ``(B, num_classes)`` logits.

    Args:
        global_encoder: of the image, with an attribute ``channels``; maps ``(B, 3, H, W)`` to ``(B, channels, h, w)``.
            None for ``fusion`` "local_only".
        num_classes: diagnoses.
        concept_width: of a concept vector; 256 for those of SAM. "global_only" takes no notice of them.
        width: of a token.
        fusion: "cross_attention"; or, for ablations, "local_only", the concepts alone; "global_only", the positions of
            the map in their place; "concat_1", the mean of the map as one more concept; "concat_2", that mean beside
            every concept; "average_sum", the mean of the concepts plus that of the map, as a single instance.
        top_k: concepts that a class's score is the mean of; an image with fewer uses all.
        kernel_size: of the convolutions, 1; or 3, where neighbouring concepts mix and their order matters.
        heads: attention heads.
        softmax_over: see :class:`ConceptCrossAttention`.
        pre_norm: normalise in front of the attention.
        dropout: probability after the attention.
        head_dropout: probability between the layers of the classifier.
    """

    def __init__(
        self,
        *,
        global_encoder: nn.Module | None = None,
        num_classes: int = 7,
        concept_width: int = 256,
        width: int = 256,
        fusion: Fusion = "cross_attention",
        top_k: int = 5,
        kernel_size: int = 1,
        heads: int = 8,
        softmax_over: SoftmaxOver = "keys",
        pre_norm: bool = False,
        dropout: float = 0.1,
        head_dropout: float = 0.7,
    ) -> None:
        super().__init__()
        if fusion not in get_args(Fusion):
            raise ValueError(f"fusion must be one of {', '.join(get_args(Fusion))}, got {fusion!r}")
        if (global_encoder is None) != (fusion == "local_only"):
            raise ValueError(
                f"global_encoder must be given for every fusion but 'local_only', got fusion {fusion!r}"
                f" {'without' if global_encoder is None else 'with'} one"
            )
        if top_k < 1:
            raise ValueError(f"top_k must be 1 or more, got {top_k}")
        self.fusion, self.top_k, self.concept_width = fusion, top_k, concept_width
        self.global_encoder = global_encoder
        self.project = None if global_encoder is None else nn.Linear(_channels(global_encoder), width)
        if self.project is not None:
            kaiming_start(self.project)
        self.local_encoder = (
            None
            if fusion == "global_only"
            else LocalConceptEncoder(concept_width=concept_width, width=width, kernel_size=kernel_size)
        )
        self.attention = (
            ConceptCrossAttention(
                width=width, heads=heads, softmax_over=softmax_over, pre_norm=pre_norm, dropout=dropout
            )
            if fusion == "cross_attention"
            else None
        )
        self.classifier = ConceptClassifier(
            num_classes=num_classes,
            in_width=2 * width if fusion == "concat_2" else width,
            width=width,
            kernel_size=kernel_size,
            dropout=head_dropout,
        )
        # the order convolutions are fast in, on CPU and CUDA
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(
        self, image: torch.Tensor, concepts: torch.Tensor | None = None, concept_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        scores, mask, _ = self._scored(image, concepts, concept_mask)
        return top_k_mean(scores, self.top_k, mask)

    @torch.jit.unused
    def evidence(
        self, image: torch.Tensor, concepts: torch.Tensor | None = None, concept_mask: torch.Tensor | None = None
    ) -> ConceptEvidence:
        """The logits and what they rest on.

        For "global_only" the positions of the map stand in place of the concepts. For "concat_1" the mean of the map
        is left out of what is shown, though not of the logits.

        Raises:
            ValueError: for "average_sum", which does not tell concepts apart.
        """
        if self.fusion == "average_sum":
            raise ValueError("fusion 'average_sum' adds the concepts up; it has no evidence of a single one")
        scores, mask, attention = self._scored(image, concepts, concept_mask)
        logits = top_k_mean(scores, self.top_k, mask)
        if self.fusion == "concat_1":
            scores, mask = scores[:, 1:], None if mask is None else mask[:, 1:]
        row = torch.arange(len(logits), device=logits.device)
        of_class = scores[row, :, logits.argmax(dim=1)]  # (B, n)
        if mask is not None:
            of_class = of_class.masked_fill(~mask, -torch.inf)
        deciding = of_class.argmax(dim=1)
        return ConceptEvidence(logits, scores, attention, deciding, scores[row, deciding], of_class.softmax(dim=1))

    def _scored(
        self, image: torch.Tensor, concepts: torch.Tensor | None, mask: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None]:
        """Scores ``(B, instances, num_classes)``, which instances there are, and the weights of the attention."""
        if self.local_encoder is None:
            return self.classifier(self._positions(image)), None, None
        if concepts is None:
            concepts, mask = image.new_zeros(len(image), 1, self.concept_width), None
        if concepts.shape[-1] != self.concept_width:
            raise ValueError(f"concepts have the width {concepts.shape[-1]}; expected {self.concept_width}")
        if mask is not None:
            check_mask(mask, concepts)
        local = self.local_encoder(concepts, mask)
        if self.global_encoder is None:
            return self.classifier(local, mask), mask, None
        positions = self._positions(image)
        if self.attention is not None:
            tokens, weights = self.attention(local, positions, mask)
            return self.classifier(tokens, mask), mask, weights
        whole = positions.mean(dim=1, keepdim=True)  # (B, 1, width)
        if self.fusion == "average_sum":
            return self.classifier(_mean(local, mask) + whole), None, None
        if self.fusion == "concat_2":
            return self.classifier(torch.cat([local, whole.expand_as(local)], dim=2), mask), mask, None
        if mask is not None:
            mask = torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)
        return self.classifier(torch.cat([whole, local], dim=1), mask), mask, None

    def _positions(self, image: torch.Tensor) -> torch.Tensor:
        """``(B, h * w, width)``."""
        if self.global_encoder is None or self.project is None:
            raise ValueError("this network has no global_encoder")
        return self.project(self.global_encoder(image).flatten(2).transpose(1, 2))


def _channels(encoder: nn.Module) -> int:
    channels = getattr(encoder, "channels", None)
    if not isinstance(channels, int):
        raise ValueError("an encoder must say its number of channels in an attribute 'channels'")
    return channels


def _mean(local: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """``(B, n, width)`` to ``(B, 1, width)``, over the concepts that are there."""
    if mask is None:
        return local.mean(dim=1, keepdim=True)
    there = mask.unsqueeze(-1).to(local.dtype)
    return (local * there).sum(dim=1, keepdim=True) / there.sum(dim=1, keepdim=True)
