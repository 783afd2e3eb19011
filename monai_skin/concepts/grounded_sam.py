# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Concepts of the paper: words find boxes, boxes become masks, masks become vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch

from monai_skin.concepts.concept_set import ConceptSet
from monai_skin.concepts.grounding_dino import GroundingDinoDetector
from monai_skin.concepts.pooling import pool_concepts
from monai_skin.concepts.rle import encode_rle
from monai_skin.concepts.sam import EncodedPicture, Sam2Segmenter, SamSegmenter, Segment
from monai_skin.concepts.select import select_concepts
from monai_skin.concepts.settings import ExtractionSettings
from monai_skin.io import Picture

__all__ = ["GroundedSamProposer"]

_SEGMENTERS = {"sam": SamSegmenter, "sam2": Sam2Segmenter}


class GroundedSamProposer:
    """Grounding DINO and SAM, both from folders.

    Hu et al., "Enhancing Skin Disease Diagnosis: Interpretable Visual Concept Discovery with SAM", WACV 2025,
    https://arxiv.org/abs/2409.09520. The paper says where concepts come from, not how a mask becomes a vector:
    ``pooling`` of the settings chooses.

    Args:
        settings: with the folders of both models; :func:`preset` gives those of published ones.
        device: where it computes.

    Raises:
        UsageError: a folder or a file in it is missing, or a prompt is unusable.
        IntegrityError: a weight file has another digest than the settings say.
        InvalidInputError: files are damaged or of another model.
    """

    min_side: int | None = 1024
    takes_outlines = False

    def __init__(self, settings: ExtractionSettings, *, device: str | torch.device = "cpu") -> None:
        self.detector = GroundingDinoDetector(settings, device=device)
        self.segmenter = _SEGMENTERS[settings.segmenter.kind](settings.segmenter, device=device)
        self.settings = replace(settings, detector=self.detector.source, segmenter=self.segmenter.source)

    def propose(self, picture: Picture, outline: npt.NDArray[np.bool_] | None = None) -> ConceptSet:
        """The concepts of a picture; ``outline`` is not used, the word for the lesion finds it."""
        size = picture.full_size
        found = self.detector(picture.pixels, size)
        kept = select_concepts(*found, nms_iou=self.settings.nms_iou, limit=self.settings.max_concepts)
        encoded = self.segmenter.encode(picture.pixels, size)
        if not len(kept):
            return ConceptSet.whole_image(self._whole(picture, encoded), size)
        vectors, runs = [], []
        for box, segment in zip(found.boxes[kept], self.segmenter.segment(encoded, found.boxes[kept])):
            vectors.append(self._vector(picture, encoded, box, segment))
            runs.append(encode_rle(segment.mask))
        return ConceptSet(
            vectors=np.stack(vectors),
            boxes=found.boxes[kept],
            scores=found.scores[kept],
            phrase_ids=found.phrase_ids[kept],
            phrases=self.settings.prompts,
            runs=tuple(runs),
            size=size,
        )

    def _vector(
        self, picture: Picture, encoded: EncodedPicture, box: npt.NDArray[np.float32], segment: Segment
    ) -> npt.NDArray[np.float32]:
        if self.settings.pooling == "mask_token":
            return segment.mask_token
        if self.settings.pooling == "box_tokens":
            return segment.box_tokens
        if self.settings.pooling == "box_crop":
            return _mean(self.segmenter.encode(*_crop(picture, box)))
        return pool_concepts(encoded.embedding, segment.mask, box, encoded.grid)

    def _whole(self, picture: Picture, encoded: EncodedPicture) -> npt.NDArray[np.float32]:
        """The vector of the picture itself, by the same pooling; its mask is all of it whatever the decoder says."""
        rows, columns = encoded.size
        box = np.array([0, 0, columns, rows], np.float32)
        if self.settings.pooling in ("mask_mean", "box_crop"):
            return _mean(encoded)
        whole: Iterator[Segment] = self.segmenter.segment(encoded, box[None])
        return self._vector(picture, encoded, box, next(whole))


def _mean(encoded: EncodedPicture) -> npt.NDArray[np.float32]:
    """The mean of an embedding over all of its picture."""
    rows, columns = (max(1, round(length)) for length in encoded.grid)
    box = np.array([0, 0, columns, rows], np.float32)
    return pool_concepts(encoded.embedding, np.ones((rows, columns), np.bool_), box, encoded.grid)


def _crop(picture: Picture, box: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.uint8], tuple[int, int]]:
    """The pixels in a box, and how many rows and columns they are; at least one of each."""
    shrink = np.array(picture.pixels.shape[:0:-1]) / picture.full_size[::-1]  # columns, rows
    left, top = np.floor(box[:2] * shrink).astype(int)
    right, bottom = np.maximum(np.ceil(box[2:] * shrink).astype(int), (left + 1, top + 1))
    pixels = picture.pixels[:, top:bottom, left:right]
    return pixels, (pixels.shape[1], pixels.shape[2])
