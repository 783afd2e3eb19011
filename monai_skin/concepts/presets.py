# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings of published models, and what makes a proposer of settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import torch

from monai_skin.concepts.grounded_sam import GroundedSamProposer
from monai_skin.concepts.proposer import ConceptProposer
from monai_skin.concepts.proxy import ProxyProposer
from monai_skin.concepts.settings import ExtractionSettings, ModelSource
from monai_skin.errors import UsageError

__all__ = ["PRESETS", "build_proposer", "in_weights", "preset"]

_DETECTOR = ModelSource("grounding_dino", "IDEA-Research/grounding-dino-base")

# Weight digests are left open: the files were not at hand when this was written. Whoever downloads them can state them,
# and a cache keeps those it was made with.
PRESETS: Mapping[str, ExtractionSettings] = {
    "grounded-sam": ExtractionSettings(_DETECTOR, ModelSource("sam", "facebook/sam-vit-huge")),
    "grounded-sam-large": ExtractionSettings(_DETECTOR, ModelSource("sam", "facebook/sam-vit-large")),
    "grounded-sam-base": ExtractionSettings(_DETECTOR, ModelSource("sam", "facebook/sam-vit-base")),
    "grounded-sam2-large": ExtractionSettings(_DETECTOR, ModelSource("sam2", "facebook/sam2.1-hiera-large")),
    "grounded-sam2-tiny": ExtractionSettings(_DETECTOR, ModelSource("sam2", "facebook/sam2.1-hiera-tiny")),
}
"""``grounded-sam`` is what the paper most likely used; the last is the light one."""


def preset(name: str, weights: str | os.PathLike[str]) -> ExtractionSettings:
    """The settings of that name, with the models in the folders of a folder.

    Args:
        name: one of :data:`PRESETS`.
        weights: holds a folder for each model, named as the last part of the model's name: ``sam-vit-huge``.

    Raises:
        UsageError: there are none of that name.
    """
    if name not in PRESETS:
        raise UsageError.about("concepts", "proposer", f"is {name!r}", expected=f"one of {', '.join(PRESETS)}")
    return in_weights(PRESETS[name], weights)


def in_weights(settings: ExtractionSettings, weights: str | os.PathLike[str]) -> ExtractionSettings:
    """The same settings with each model in the folder of its name below ``weights``."""
    detector, segmenter = (
        Path(weights) / model.name.rpartition("/")[2] for model in (settings.detector, settings.segmenter)
    )
    return settings.in_folders(detector, segmenter)


def build_proposer(settings: ExtractionSettings, *, device: str | torch.device = "cpu") -> ConceptProposer:
    """What extracts concepts by these settings.

    Args:
        settings: of Grounding DINO and SAM with their folders, or those a :class:`ProxyProposer` has.
        device: where it computes.

    Raises:
        UsageError: the detector and the segmenter do not go together, a model's folder is missing, or settings of proxy
            concepts are other than can be had here.
        IntegrityError: a weight file has another digest than the settings say.
        InvalidInputError: a model's files are damaged.
    """
    kinds = (settings.detector.kind, settings.segmenter.kind)
    if kinds[0] == "grounding_dino" and kinds[1] in ("sam", "sam2"):
        return GroundedSamProposer(settings, device=device)
    if kinds != ("regions", "encoder"):
        expected = "grounding_dino with sam or sam2, or regions with encoder"
        raise UsageError.about(
            "settings", "detector and segmenter", f"are {kinds[0]} and {kinds[1]}", expected=expected
        )
    proposer = ProxyProposer(
        weights="random" not in settings.segmenter.name, max_concepts=settings.max_concepts, device=device
    )
    if proposer.settings.digest != settings.in_folders("", "").digest:
        own, given = proposer.settings.as_json(), settings.as_json()
        field = next(name for name in own if own[name] != given[name])
        raise UsageError.about("settings", field, "is not that of proxy concepts here", expected=f"{own[field]}")
    return proposer
