# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What sharing a picture's features among prompts and boxes saves, against a run of both models for each.

The models have random weights and the shapes of small published ones, so that a run takes less than a minute; larger
backbones, which published models have, make the ratio larger.
"""

from __future__ import annotations

import resource
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.harness import compare, one_thread, report
from monai_skin.concepts import PRESETS, ConceptSet, GroundedSamProposer, in_weights
from monai_skin.io import Picture
from tests.concepts.small_models import save_detector, save_sam

PROMPTS = 8
PICTURE = (600, 800)
LARGE = (3000, 4000)


def _alone(picture: Picture, proposers: list[GroundedSamProposer]) -> list[ConceptSet]:
    return [each.propose(picture) for each in proposers]


def main() -> None:
    one_thread()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_detector(folder / "grounding-dino-base", side=256)
        save_sam(folder / "sam-vit-huge")
        usual = replace(in_weights(PRESETS["grounded-sam"], folder), box_threshold=0.5)
        usual = replace(usual, prompts=usual.prompts[:PROMPTS])
        together = GroundedSamProposer(usual)
        each = [GroundedSamProposer(replace(usual, prompts=(prompt,))) for prompt in usual.prompts]
    pixels = np.random.default_rng(0).integers(0, 255, (3, *PICTURE), dtype=np.uint8)
    picture = Picture(pixels, PICTURE)
    works = {
        "all prompts at once": lambda: together.propose(picture),
        "a prompt at a time": lambda: _alone(picture, each),
    }
    results: dict[str, object] = dict(compare(works, ours="all prompts at once", rounds=3))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    large = np.random.default_rng(0).integers(0, 255, (3, 30, 40), dtype=np.uint8).repeat(100, 1).repeat(100, 2)
    together.propose(Picture(large, LARGE))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results["megabytes"] = {"picture": large.nbytes / 1e6, "peak above what was in use before": (peak - before) / 1e3}
    report("concept extraction", results, ("torch", "transformers"))


if __name__ == "__main__":
    main()
