# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""From words to boxes, with one look at the picture for all of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from monai_skin.concepts.model_folder import open_model
from monai_skin.concepts.prompt_tokens import tokenize_prompts
from monai_skin.concepts.settings import ExtractionSettings
from monai_skin.networks.transformers_encoders import from_transformers

__all__ = ["Detections", "GroundingDinoDetector"]

_FILES = ("preprocessor_config.json", "tokenizer_config.json", "vocab.txt")


class Detections(NamedTuple):
    """What was found in one picture, in the order of the prompts.

    Args:
        boxes: ``(m, 4)`` float32: left, top, right and bottom in pixels of the upright picture, inside it.
        scores: ``(m,)`` float32 in [0, 1].
        phrase_ids: ``(m,)`` int32, into the prompts.
    """

    boxes: npt.NDArray[np.float32]
    scores: npt.NDArray[np.float32]
    phrase_ids: npt.NDArray[np.int32]


class GroundingDinoDetector:
    """Grounding DINO from a folder, asked for the prompts of the settings.

    Liu et al., "Grounding DINO: Marrying DINO with Grounded Pre-Training for Open-Set Object Detection", ECCV 2024,
    https://arxiv.org/abs/2303.05499. Text and picture meet in the encoder behind the image backbone, so the backbone
    runs once for a picture, and the rest once for a text; texts are computed a few at a time.

    Args:
        settings: its detector, prompts and thresholds.
        device: where it computes.
        texts_at_once: more need more memory: about 0.5 GB each at the published sizes.

    Raises:
        UsageError: the folder or a file in it is missing, or a prompt is unusable.
        IntegrityError: the weight file has another digest than the settings say.
        InvalidInputError: the files are damaged or of another model.
    """

    def __init__(
        self, settings: ExtractionSettings, *, device: str | torch.device = "cpu", texts_at_once: int = 4
    ) -> None:
        self.device, self.settings, self.texts_at_once = torch.device(device), settings, texts_at_once
        self.network, self.source = open_model(
            settings.detector,
            device=self.device,
            files=_FILES,
            disable_custom_kernels=self.device.type != "cuda",
        )
        place = settings.detector.folder
        self.prepare = from_transformers("GroundingDinoImageProcessorPil").from_pretrained(place, local_files_only=True)
        tokenizer = from_transformers("BertTokenizer").from_pretrained(place, local_files_only=True)
        self.tokens = tokenize_prompts(
            tokenizer, settings.prompts, joint=settings.joint_prompt, longest=self.network.config.max_text_len
        )
        self.backbone = _SharedBackbone(self.network.model.backbone)
        self.network.model.backbone = self.backbone

    def __call__(self, pixels: npt.NDArray[np.uint8], size: tuple[int, int]) -> Detections:
        """Find the prompts in a picture.

        Args:
            pixels: ``(3, H, W)`` uint8 RGB, upright; may be smaller than the picture.
            size: rows and columns of the picture, whose pixels the boxes are given in.
        """
        batch = self.prepare(np.ascontiguousarray(pixels.transpose(1, 2, 0)), return_tensors="pt").to(self.device)
        found = []
        with torch.inference_mode(), self.backbone:
            for rows in torch.split(torch.arange(len(self.tokens.owner)), self.texts_at_once):
                texts = {name: value[rows].to(self.device) for name, value in self.tokens.inputs.items()}
                values = batch["pixel_values"].expand(len(rows), -1, -1, -1)
                mask = batch["pixel_mask"].expand(len(rows), -1, -1)
                out = self.network(pixel_values=values, pixel_mask=mask, **texts)
                scores, boxes = out.logits.float().sigmoid().cpu(), out.pred_boxes.float().cpu()
                found += [self._of_text(*each) for each in zip(scores, boxes, self.tokens.owner[rows])]
        boxes, scores, ids = (np.concatenate(part) for part in zip(*found))
        return _inside(Detections(boxes * np.tile(np.array(size[::-1], np.float32), 2), scores, ids), size)

    def _of_text(self, scores: torch.Tensor, boxes: torch.Tensor, owner: torch.Tensor) -> tuple[Any, Any, Any]:
        """What one text found: scores ``(Q, L)`` of its tokens, boxes ``(Q, 4)`` by centre and sides, in shares."""
        best = scores.amax(dim=1)
        prompts = torch.unique(owner)[1:]  # without -1, which the frame of every text has
        named = torch.stack([scores[:, : len(owner)][:, owner == prompt].amax(dim=1) for prompt in prompts], dim=1)
        strongest, index = named.max(dim=1)
        kept = best > self.settings.box_threshold
        if self.settings.joint_prompt:
            kept &= strongest > self.settings.text_threshold
        centre, sides = torch.split(boxes[kept], 2, dim=1)
        corners = torch.cat([centre - sides / 2, centre + sides / 2], dim=1)
        return corners.numpy(), best[kept].numpy(), prompts[index[kept]].int().numpy()


class _SharedBackbone(nn.Module):
    """The backbone's answer for one picture, for as many texts as ask while it is entered."""

    def __init__(self, backbone: Any) -> None:
        super().__init__()
        self.backbone = backbone
        self.position_embedding = backbone.position_embedding
        self._answer: Any = None

    def __enter__(self) -> None:
        self._answer = None

    def __exit__(self, *_: object) -> None:
        self._answer = None

    def forward(self, pixels: torch.Tensor, mask: torch.Tensor) -> Any:
        if self._answer is None:
            self._answer = self.backbone(pixels[:1], mask[:1])
        maps, positions = self._answer
        count = len(pixels)
        return [tuple(_repeated(part, count) for part in level) for level in maps], [
            _repeated(position, count) for position in positions
        ]


def _repeated(value: torch.Tensor, count: int) -> torch.Tensor:
    return value.expand(count, *value.shape[1:])


def _inside(found: Detections, size: tuple[int, int]) -> Detections:
    rows, columns = size
    boxes = found.boxes.clip(0, np.array([columns, rows, columns, rows], np.float32))
    kept = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    return Detections(boxes[kept], found.scores[kept], found.phrase_ids[kept])
