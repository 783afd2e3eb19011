# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The ways that are timed against each other compute the same numbers."""

from __future__ import annotations

import numpy as np

from benchmarks.statistics import made_up, scikit_learn_loop, scipy_delong
from monai_skin.evaluation import ResampledScores, delong, draw_weights


def test_the_loop_over_scikit_learn_scores_the_same_resamples():
    model = made_up(2000)
    _, member = np.unique(model.lesion_ids, return_inverse=True)
    weights = draw_weights(int(member.max()) + 1, 2, np.random.default_rng(0))
    ours = ResampledScores(model, member)(weights)
    expected = np.stack([ours[score] for score in ("balanced_accuracy", "macro_f1", "macro_auc")], axis=1)
    np.testing.assert_allclose(scikit_learn_loop(model, 2)(), expected)


def test_ranks_by_scipy_give_the_same_areas_and_covariance():
    random = np.random.default_rng(0)
    positive, scores = random.random(50) < 0.3, random.integers(0, 9, (2, 50)).astype(float)
    areas, covariance = scipy_delong(positive, scores)
    found = delong(positive, scores)
    np.testing.assert_allclose(found.areas, areas)
    np.testing.assert_allclose(found.covariance, covariance)
