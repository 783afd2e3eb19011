# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether two models differ in a score by more than swapping them at random would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from monai_skin.errors import UsageError
from monai_skin.evaluation.bootstrap import CHUNK, lesion_members
from monai_skin.evaluation.predictions import Predictions
from monai_skin.evaluation.resampled_scores import ResampledScores

__all__ = ["permutation_test"]

_SLACK = 1e-12  # a difference that is equal but for rounding counts as large


def permutation_test(
    first: Predictions, second: Predictions, scores: Sequence[str], *, permutations: int = 2000, seed: int = 0
) -> dict[str, float]:
    """Two-sided p-values of a paired permutation test, by lesion.

    Each time the two models change places for about half of the lesions, with all images of each; p is the share of
    times that the scores then differ at least as much as they do, one added to both counts. Good, "Permutation,
    Parametric and Bootstrap Tests of Hypotheses", 2005. It tests that the models are exchangeable, not only that
    their scores are equal.

    Args:
        first: predictions.
        second: predictions of the same images in the same order, as :func:`monai_skin.evaluation.align` gives them.
        scores: names of :data:`monai_skin.evaluation.SCORES`.
        permutations: how many.
        seed: of the drawing.

    Returns:
        Score to p-value; NaN where the score is not defined.

    Raises:
        UsageError: no permutation is asked for, or the images differ.
    """
    if permutations < 1:
        raise UsageError(f"permutations is {permutations}; expected 1 or more")
    if (first.image_ids, first.lesion_ids) != (second.image_ids, second.lesion_ids):
        raise UsageError.about(second.name, "images", "differ", expected=f"those of {first.name}, in the same order")
    member = lesion_members(first)
    lesions = int(member.max()) + 1
    # both models' images as one model's: a lesion's weight says which of the two speaks for it
    both = replace(
        first,
        truth=np.concatenate([first.truth, second.truth]),
        probabilities=np.concatenate([first.probabilities, second.probabilities]),
    )
    scorer = ResampledScores(both, np.concatenate([member, member + lesions]))

    def differences(swapped: np.ndarray) -> dict[str, np.ndarray]:
        ours, theirs = scorer(np.concatenate([1 - swapped, swapped])), scorer(np.concatenate([swapped, 1 - swapped]))
        return {score: ours[score] - theirs[score] for score in scores}

    real = differences(np.zeros((lesions, 1)))
    generator, large = np.random.default_rng(seed), dict.fromkeys(scores, 0)
    for start in range(0, permutations, CHUNK):
        swapped = generator.integers(0, 2, (lesions, min(CHUNK, permutations - start))).astype(np.float64)
        for score, found in differences(swapped).items():
            large[score] += int((np.abs(found) >= np.abs(real[score]) - _SLACK).sum())
    undefined = {score for score in scores if np.isnan(real[score][0])}
    return {
        score: float("nan") if score in undefined else (1 + count) / (1 + permutations)
        for score, count in large.items()
    }
