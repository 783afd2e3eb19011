# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Concepts without the weights of a detector: regions of colour, described by an ordinary image encoder."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import torch

from monai_skin.concepts.concept_set import ConceptSet
from monai_skin.concepts.pooling import pool_concepts
from monai_skin.concepts.region_encoder import STRIDE, RegionEncoder
from monai_skin.concepts.regions import REGION_PHRASES, Region, find_regions
from monai_skin.concepts.rle import encode_rle
from monai_skin.concepts.select import select_concepts
from monai_skin.concepts.settings import ExtractionSettings, ModelSource
from monai_skin.io import Picture

__all__ = ["ProxyProposer"]

_LONGEST = 512
REGIONS = "regions 1: lesion, superpixels, boxes"  # a new number wherever other regions are found


class ProxyProposer:
    """Proxy concepts: the lesion, superpixels and boxes, each with the mean of an image encoder's features.

    They stand in for the concepts of Grounding DINO and SAM where those weights are absent, and are no substitute for
    what the paper measures. The same picture gives the same concepts.

    Args:
        weights: use ImageNet weights if ``monai-skin[imagenet]`` is installed.
        max_concepts: of one picture.
        device: where the encoder computes.
    """

    min_side: int | None = _LONGEST
    takes_outlines = True

    def __init__(self, *, weights: bool = True, max_concepts: int = 30, device: str | torch.device = "cpu") -> None:
        self.encoder = RegionEncoder(weights=weights, device=device)
        self.settings = ExtractionSettings(
            detector=ModelSource("regions", REGIONS),
            segmenter=self.encoder.source,
            prompts=REGION_PHRASES,
            max_concepts=max_concepts,
        )

    def propose(self, picture: Picture, outline: npt.NDArray[np.bool_] | None = None) -> ConceptSet:
        """The concepts of a picture; ``outline`` is its lesion mask, and Otsu's threshold stands in for it."""
        small = _working_size(picture.full_size)
        image = _resized(picture.pixels, small)
        embedding = self.encoder(image)
        lesion = None if outline is None else _resized_mask(outline, small)
        regions = find_regions(image, lesion)
        boxes = np.array([_box(region.mask, picture.full_size) for region in regions], np.float32)
        scores = np.array([region.score for region in regions], np.float32)
        ids = np.array([REGION_PHRASES.index(region.phrase) for region in regions], np.int32)
        kept = select_concepts(
            boxes, scores, ids, nms_iou=self.settings.nms_iou, limit=self.settings.max_concepts
        ).tolist()
        return ConceptSet(
            vectors=np.stack([_vector(embedding, regions[index], small) for index in kept]),
            boxes=boxes[kept],
            scores=scores[kept],
            phrase_ids=ids[kept],
            phrases=REGION_PHRASES,
            runs=tuple(encode_rle(_enlarged(regions[index].mask, picture.full_size)) for index in kept),
            size=picture.full_size,
        )


def _vector(embedding: npt.NDArray[np.float32], region: Region, size: tuple[int, int]) -> npt.NDArray[np.float32]:
    return pool_concepts(embedding, region.mask, np.array(_box(region.mask, size), np.float32))


def _working_size(size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns, multiples of the encoder's stride, the longer side 512."""
    scale = _LONGEST / max(size)
    rows, columns = (max(STRIDE, round(length * scale / STRIDE) * STRIDE) for length in size)
    return rows, columns


def _resized(pixels: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    smaller = pixels.shape[1] * pixels.shape[2] > size[0] * size[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    small = cv2.resize(np.ascontiguousarray(pixels.transpose(1, 2, 0)), size[::-1], interpolation=how)
    return np.asarray(small, np.uint8).transpose(2, 0, 1)


def _resized_mask(mask: npt.NDArray[np.bool_], size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    shares = cv2.resize(mask.astype(np.uint8) * np.uint8(255), size[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(shares >= 128, np.bool_)


def _enlarged(mask: npt.NDArray[np.bool_], size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    large = cv2.resize(mask.astype(np.uint8), size[::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(large, np.bool_)


def _box(mask: npt.NDArray[np.bool_], size: tuple[int, int]) -> list[float]:
    """Left, top, right and bottom of a mask in pixels of a picture of another size."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    down, across = size[0] / mask.shape[0], size[1] / mask.shape[1]
    return [columns[0] * across, rows[0] * down, (columns[-1] + 1) * across, (rows[-1] + 1) * down]
