# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The classifier of a clinical photograph and an ultrasound picture of one lesion."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn as nn

from monai_skin.networks.clinical_ultrasound.global_attention import GlobalAttention
from monai_skin.networks.clinical_ultrasound.heads import PairHeads
from monai_skin.networks.clinical_ultrasound.local_attention import LocalAttention
from monai_skin.networks.clinical_ultrasound.presence import check_pair, drop_modality, fill_pair
from monai_skin.networks.clinical_ultrasound.reconstruction import FeatureReconstruction, MaskPolicy
from monai_skin.networks.clinical_ultrasound.tokens import Projection, ScaleMerge, as_tokens, on_grid
from monai_skin.networks.resnet_stages import ResNetStageEncoder

__all__ = ["ClinicalUltrasoundNet"]

Outputs = dict[str, torch.Tensor]


class ClinicalUltrasoundNet(nn.Module):
    """Two encoders, local attention between them at three scales, a transformer over both, class logits.

    A reconstruction from the abstract of Xiao et al., "AGFnet", IEEE Transactions on Medical Imaging 44(1), 2025,
    https://doi.org/10.1109/TMI.2024.3450682. Certain are the two modalities and the names and aims of three parts:
    local and global attention-guided learning and feature reconstruction learning. Every equation, size and weight here
    is ours, and no figure of the paper is claimed. Each part can be left out; without all three the two encoders'
    means stand side by side in front of a linear layer.

    In training the network returns what :class:`monai_skin.losses.ClinicalUltrasoundLoss` takes, a dictionary; in
    evaluation the logits alone, and nothing of the reconstruction runs.

    Shapes:
        image: ``(B, 3, H, W)``, the photograph, ImageNet-normalised.
        ultrasound: ``(B, 1, H, W)``, grey; repeated to three channels for encoders that began with photographs.
        returns: ``(B, num_classes)`` logits; in training a dictionary of ``logits``, ``clinical_logits`` and
            ``ultrasound_logits``, ``present`` ``(B, 2)`` bool and, with reconstruction, ``rebuilt_logits``, ``rebuilt``
            and ``rebuilt_truth`` ``(B, M, width)``, and ``hidden_places`` ``(B, M)`` among all tokens.

    Args:
        clinical_encoder: of the photograph.
        ultrasound_encoder: of the ultrasound picture, not shared.
        num_classes: diagnoses.
        local_attention: see :class:`LocalAttention`; it stands behind the stages 2, 3 and 4 of the encoders.
        global_attention: see :class:`GlobalAttention`.
        reconstruction: see :class:`FeatureReconstruction`; it needs the global attention, which says what to hide.
        missing_modality: answer with one of the two pictures alone, for which the network has learned vectors; without
            it a missing picture is an error.
        modality_dropout: probability in training that one picture of a pair counts as missing.
        grid: rows and columns of the tokens of each picture.
        width: of a token.
        local_heads: heads of the local attention.
        global_heads: heads of the transformer and of the reconstruction.
        hidden: width of their feed-forward layers.
        depth: layers of the transformer.
        hidden_share: share of the tokens the reconstruction hides.
        mask_policy: which tokens it hides, "top", "random" or "mixed".
        dropout: within the attentions.
        head_dropout: in front of the last layer.

    Raises:
        ValueError: arguments that make no sense together.
        InvalidInputError: from ``forward``, a picture that is missing or has another shape.
    """

    def __init__(
        self,
        *,
        clinical_encoder: ResNetStageEncoder,
        ultrasound_encoder: ResNetStageEncoder,
        num_classes: int = 2,
        local_attention: bool = True,
        global_attention: bool = True,
        reconstruction: bool = True,
        missing_modality: bool = False,
        modality_dropout: float = 0.0,
        grid: int = 7,
        width: int = 256,
        local_heads: int = 4,
        global_heads: int = 8,
        hidden: int = 1024,
        depth: int = 2,
        hidden_share: float = 0.3,
        mask_policy: MaskPolicy = "mixed",
        dropout: float = 0.1,
        head_dropout: float = 0.3,
    ) -> None:
        super().__init__()
        if reconstruction and not global_attention:
            raise ValueError("reconstruction needs global_attention, which says which tokens to hide")
        if not 0 <= modality_dropout < 1 or (modality_dropout and not missing_modality):
            raise ValueError(
                "modality_dropout must be at least 0 and less than 1, and 0 without missing_modality, "
                f"got {modality_dropout}"
            )
        self.missing_modality, self.modality_dropout, self.grid = missing_modality, modality_dropout, grid
        self.clinical_encoder, self.ultrasound_encoder = clinical_encoder, ultrasound_encoder
        pairs = list(zip(clinical_encoder.channels[1:], ultrasound_encoder.channels[1:], strict=True))
        shared: dict[str, Any] = {"width": width, "dropout": dropout}

        def local(scale: int) -> LocalAttention | None:
            if not local_attention:
                return None
            given: dict[str, Any] = {"grid": grid, "heads": local_heads, "missing": missing_modality, "back": scale < 2}
            return LocalAttention(channels=pairs[scale], **shared, **given)

        self.local2, self.local3, self.local4 = local(0), local(1), local(2)
        self.merge_clinical, self.merge_ultrasound = (
            ScaleMerge(width=width, scales=3, grid=grid) if local_attention else None for _ in range(2)
        )
        self.project_clinical, self.project_ultrasound = (
            None if local_attention else Projection(channels, width, missing=missing_modality) for channels in pairs[2]
        )
        transformer: dict[str, Any] = {"tokens": grid * grid, "heads": global_heads, "hidden": hidden, **shared}
        self.global_attention = GlobalAttention(depth=depth, **transformer) if global_attention else None
        self.reconstruction = (
            FeatureReconstruction(share=hidden_share, policy=mask_policy, **transformer) if reconstruction else None
        )
        self.heads = PairHeads(width=width, num_classes=num_classes, summary=global_attention, dropout=head_dropout)
        # the order convolutions are fast in, on CPU and CUDA
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(
        self, image: torch.Tensor | None = None, ultrasound: torch.Tensor | None = None
    ) -> torch.Tensor | Outputs:
        clinical, acoustic, present = self._tokens(image, ultrasound)
        logits, looks = self._classify(clinical, acoustic)
        if torch.jit.is_scripting():
            return logits
        return self._for_training(logits, looks, clinical, acoustic, present) if self.training else logits

    @torch.jit.unused
    def attention_maps(
        self, image: torch.Tensor | None = None, ultrasound: torch.Tensor | None = None
    ) -> dict[str, torch.Tensor]:
        """Where the network looks, each ``(B, grid, grid)`` with every value at least 0.

        Local attention gives for each of the scales 2, 3 and 4 what the places of one picture look at, as
        ``image_at_ultrasound_3``, the mean over places and heads: each map adds up to 1. Global attention gives what
        the summary looks at in its last layer, ``summary_at_image`` and ``summary_at_ultrasound``: together they add up
        to what it does not spend on itself. Call it in evaluation mode; dropout would blur the maps.

        Raises:
            ValueError: the network has neither attention.
        """
        if self.local2 is None and self.global_attention is None:
            raise ValueError("attention_maps needs local_attention or global_attention, got a network without both")
        found = {}
        clinical, acoustic, present = self._first_maps(image, ultrasound)
        stages = (
            (2, self.clinical_encoder.layer2, self.ultrasound_encoder.layer2, self.local2),
            (3, self.clinical_encoder.layer3, self.ultrasound_encoder.layer3, self.local3),
            (4, self.clinical_encoder.layer4, self.ultrasound_encoder.layer4, self.local4),
        )
        for scale, own, other, local in stages:
            clinical, acoustic = own(clinical), other(acoustic)
            if local is not None:
                weights = local.weights(clinical, acoustic, present[:, 0], present[:, 1])
                for name, each in weights.items():
                    found[f"{name}_{scale}"] = torch.unflatten(each.mean(dim=(1, 2)), 1, (self.grid, self.grid))
                clinical, acoustic = local(clinical, acoustic, present[:, 0], present[:, 1])[:2]
        if self.global_attention is not None:
            tokens = self._tokens(image, ultrasound)
            looks = self.global_attention(tokens[0], tokens[1])[1].chunk(2, dim=1)
            for name, each in zip(("summary_at_image", "summary_at_ultrasound"), looks, strict=True):
                found[name] = torch.unflatten(each, 1, (self.grid, self.grid))
        return found

    def _first_maps(
        self, image: torch.Tensor | None, ultrasound: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Of the first stage of both encoders, and ``(B, 2)`` whether there is a picture."""
        if not torch.jit.is_scripting():
            check_pair(image, ultrasound, missing=self.missing_modality)
        photo, acoustic, present = fill_pair(image, ultrasound)
        if self.training and self.modality_dropout > 0:
            present = drop_modality(present, self.modality_dropout)
        return self.clinical_encoder.stage1(photo), self.ultrasound_encoder.stage1(acoustic), present

    def _tokens(
        self, image: torch.Tensor | None, ultrasound: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """``(B, grid * grid, width)`` of each modality, and ``(B, 2)`` whether there is a picture."""
        clinical, acoustic, present = self._first_maps(image, ultrasound)
        has_photo, has_ultrasound = present[:, 0], present[:, 1]
        own: list[torch.Tensor] = []
        other: list[torch.Tensor] = []
        clinical, acoustic = self.clinical_encoder.layer2(clinical), self.ultrasound_encoder.layer2(acoustic)
        if self.local2 is not None:
            clinical, acoustic, own2, other2 = self.local2(clinical, acoustic, has_photo, has_ultrasound)
            own.append(own2)
            other.append(other2)
        clinical, acoustic = self.clinical_encoder.layer3(clinical), self.ultrasound_encoder.layer3(acoustic)
        if self.local3 is not None:
            clinical, acoustic, own3, other3 = self.local3(clinical, acoustic, has_photo, has_ultrasound)
            own.append(own3)
            other.append(other3)
        clinical, acoustic = self.clinical_encoder.layer4(clinical), self.ultrasound_encoder.layer4(acoustic)
        if self.local4 is not None and self.merge_clinical is not None and self.merge_ultrasound is not None:
            _, _, own4, other4 = self.local4(clinical, acoustic, has_photo, has_ultrasound)
            own.append(own4)
            other.append(other4)
            return self.merge_clinical(own), self.merge_ultrasound(other), present
        plain = on_grid(self.project_clinical(clinical, has_photo), self.grid)  # type: ignore[misc]
        other_plain = on_grid(self.project_ultrasound(acoustic, has_ultrasound), self.grid)  # type: ignore[misc]
        return as_tokens(plain), as_tokens(other_plain), present

    def _classify(self, clinical: torch.Tensor, acoustic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Logits, and where the summary looks if there is one."""
        if self.global_attention is None:
            return self.heads(clinical.mean(dim=1), acoustic.mean(dim=1), None), None
        summary, looks = self.global_attention(clinical, acoustic)
        return self.heads(clinical.mean(dim=1), acoustic.mean(dim=1), summary), looks

    @torch.jit.unused
    def _for_training(
        self,
        logits: torch.Tensor,
        looks: torch.Tensor | None,
        clinical: torch.Tensor,
        acoustic: torch.Tensor,
        present: torch.Tensor,
    ) -> Outputs:
        """Everything the loss needs; the random numbers of the reconstruction are drawn after all others."""
        own, other = self.heads.auxiliary(clinical.mean(dim=1), acoustic.mean(dim=1))
        found = {"logits": logits, "clinical_logits": own, "ultrasound_logits": other, "present": present}
        if self.reconstruction is None or self.global_attention is None or looks is None:
            return found
        rebuilt = self.reconstruction(clinical, acoustic, looks, self.global_attention.marks())
        found["rebuilt_logits"] = self._classify(rebuilt.clinical, rebuilt.ultrasound)[0]
        return found | {"rebuilt": rebuilt.found, "rebuilt_truth": rebuilt.truth, "hidden_places": rebuilt.places}
