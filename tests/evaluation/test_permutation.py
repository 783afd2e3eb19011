# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Swapping models at random, against scipy's test of all ways to swap and against loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from monai_skin.errors import UsageError
from monai_skin.evaluation import permutation_test
from monai_skin.metrics import balanced_accuracy, macro_auc
from tests.evaluation.models import make_model


def test_p_is_scipys_for_single_images():
    first, second = make_model("a", images=12), make_model("b", images=12, skill=3.0, seed=2)
    rows = np.arange(12)

    def difference(left, right, axis):
        # each value is an image, from 12 on those of the second model
        values = np.concatenate([first.probabilities, second.probabilities])
        return np.apply_along_axis(
            lambda pair: macro_auc(first.truth, values[pair[:12]]) - macro_auc(first.truth, values[pair[12:]]),
            -1,
            np.concatenate([left, right], axis=-1),
        )

    theirs = stats.permutation_test(
        (rows, rows + 12), difference, permutation_type="samples", vectorized=True, n_resamples=5000
    ).pvalue  # all 4096 ways
    ours = permutation_test(first, second, ["macro_auc"], permutations=4000)["macro_auc"]
    # a share of 4000 is known to sqrt(p (1 - p) / 4000) <= 0.008
    assert ours == pytest.approx(theirs, abs=0.03) and 0.005 < theirs < 0.9


def test_whole_lesions_change_places():
    first, second = make_model("a", images=40, lesions=8), make_model("b", images=40, lesions=8, seed=2)
    ours = permutation_test(first, second, ["balanced_accuracy"], permutations=300, seed=5)["balanced_accuracy"]
    names, member = np.unique(first.lesion_ids, return_inverse=True)
    generator = np.random.default_rng(5)
    real = [balanced_accuracy(one.truth, one.probabilities) for one in (first, second)]
    large = 0
    for _ in range(6):  # as many at a time as ours
        for swap in generator.integers(0, 2, (len(names), 50)).T:
            moved = swap[member].astype(bool)[:, None]
            left = np.where(moved, second.probabilities, first.probabilities)
            right = np.where(moved, first.probabilities, second.probabilities)
            found = balanced_accuracy(first.truth, left) - balanced_accuracy(first.truth, right)
            large += abs(found) >= abs(real[0] - real[1]) - 1e-12
    assert ours == (1 + large) / 301


def test_equal_models_never_differ_and_the_order_does_not_matter():
    first, second = make_model("a"), make_model("b", seed=2)
    assert permutation_test(first, first, ["accuracy"], permutations=20) == {"accuracy": 1.0}
    scores = ["accuracy", "macro_auc", "brier"]
    assert permutation_test(first, second, scores) == permutation_test(second, first, scores)


def test_a_score_that_is_not_defined_has_no_p():
    model = make_model(images=30)
    single = model.take(np.flatnonzero(model.truth == 1))
    assert np.isnan(permutation_test(single, single, ["macro_auc"], permutations=3)["macro_auc"])


def test_other_images_and_no_permutation_are_refused():
    model = make_model()
    with pytest.raises(UsageError, match=r"a: images differ; expected those of a"):
        permutation_test(model, replace(model, image_ids=model.image_ids[::-1]), ["accuracy"])
    with pytest.raises(UsageError, match="permutations is 0"):
        permutation_test(model, model, ["accuracy"], permutations=0)
