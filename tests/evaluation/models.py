# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Made-up predictions, as they would be read from tables."""

from __future__ import annotations

import numpy as np

from monai_skin.evaluation import Predictions
from monai_skin.labels import VOCABULARIES

CLASSES = VOCABULARIES["isic2017"]  # mel, nv, sk


def make_model(
    name: str = "a", images: int = 60, *, lesions: int = 0, skill: float = 1.0, seed: int = 0, prefix: str = "i"
) -> Predictions:
    """A model's predictions; of one ``prefix``, all models have the same images, lesions and truth."""
    of_images = np.random.default_rng([images, lesions, *prefix.encode()])
    lesion = np.arange(images) if lesions == 0 else of_images.integers(0, lesions, images)
    truth = of_images.integers(0, len(CLASSES), max(images, lesions))[lesion]
    truth[: len(CLASSES)] = range(len(CLASSES))
    logits = np.random.default_rng(seed).normal(size=(images, len(CLASSES))) + skill * np.eye(len(CLASSES))[truth]
    odds = np.exp(logits)
    return Predictions(
        name,
        CLASSES,
        tuple(f"{prefix}{index:03d}" for index in range(images)),
        tuple(f"{prefix}lesion{index}" for index in lesion),
        truth,
        np.round(odds / odds.sum(axis=1, keepdims=True), 3 if seed % 2 else 6),
    )
