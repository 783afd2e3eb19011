# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Resampling lesions: against scipy, whole lesions only, paired, and reproducible."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from monai_skin.errors import UsageError
from monai_skin.evaluation import Difference, Estimate, Resampled, bootstrap, draw_weights
from monai_skin.metrics import balanced_accuracy
from tests.evaluation.models import make_model


def test_the_interval_agrees_with_scipys_for_single_images():
    model = make_model(images=300)
    ours = bootstrap([model], resamples=4000)[0].estimate("balanced_accuracy")
    theirs = stats.bootstrap(
        (np.arange(300),),
        lambda rows: balanced_accuracy(model.truth[rows], model.probabilities[rows]),
        n_resamples=1000,
        vectorized=False,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert ours.value == balanced_accuracy(model.truth, model.probabilities)
    # the quantiles of 1000 resamples are known to about 0.003 where the standard error is about 0.03
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_as_many_lesions_are_drawn_as_there_are_each_equally_often():
    weights = draw_weights(20, 5000, np.random.default_rng(0))
    assert weights.shape == (20, 5000) and (weights.sum(axis=0) == 20).all()
    # each mean is 1 with standard error sqrt(0.95 / 5000) = 0.014
    assert np.abs(weights.mean(axis=1) - 1).max() < 0.07


def test_copies_of_the_images_of_a_lesion_add_no_information():
    once = make_model(images=40)
    thrice = once.take(np.tile(np.arange(40), 3))
    thrice = replace(thrice, image_ids=tuple(map(str, range(120))))
    for score in ("balanced_accuracy", "macro_auc", "brier"):
        first, second = (bootstrap([model], resamples=200)[0].estimate(score) for model in (once, thrice))
        assert second == pytest.approx(first)


def test_lesions_are_never_split():
    # two images of each lesion, one right and one wrong: whatever is drawn, half are right
    model = make_model(images=40)
    truth = np.repeat(np.arange(20) % 2, 2)
    guess = np.where(np.arange(40) % 2, truth, 1 - truth)
    pairs = replace(model, lesion_ids=tuple(str(index // 2) for index in range(40)), truth=truth)
    found = bootstrap([pairs.having(np.eye(3)[guess])], resamples=100)[0]
    assert found.estimate("accuracy") == (0.5, 0.5, 0.5, 0)


def test_the_order_of_the_images_makes_no_difference():
    model = make_model(images=40, lesions=15)
    moved = model.take(np.random.default_rng(0).permutation(40))
    for score in ("macro_f1", "macro_auc"):
        first, second = (bootstrap([each], resamples=50)[0].samples[score] for each in (model, moved))
        np.testing.assert_allclose(first, second)


def test_the_same_seed_gives_the_same_resamples_and_models_share_them():
    model = make_model()
    first, second = bootstrap([model, model.having(model.probabilities, "b")], resamples=130, seed=3)
    again, other = bootstrap([model], resamples=130, seed=3)[0], bootstrap([model], resamples=130, seed=4)[0]
    assert first.samples["macro_f1"].shape == (130,)
    for found in (second, again):
        np.testing.assert_array_equal(found.samples["macro_f1"], first.samples["macro_f1"])
    assert (other.samples["macro_f1"] != first.samples["macro_f1"]).any()


def test_a_model_does_not_differ_from_itself():
    first, second = bootstrap([make_model(), make_model("b")], resamples=60)
    assert second.minus(first, "macro_auc") == (0, 0, 0, 1.0, 0)


def test_a_better_model_is_told_from_a_worse_one_in_both_directions():
    worse, better = bootstrap([make_model(images=200), make_model("b", 200, skill=4)], resamples=199)
    up, down = better.minus(worse, "balanced_accuracy"), worse.minus(better, "balanced_accuracy")
    # no resample of 199 falls on the other side: 2 * (1 + 0) / (1 + 199)
    assert up.low > 0 and up.p == down.p == 0.01
    assert (down.value, down.low, down.high) == pytest.approx((-up.value, -up.high, -up.low))


def test_resamples_that_lost_a_class_are_skipped_and_counted():
    model = make_model(images=12)
    truth = np.array([0] * 6 + [1] * 5 + [2])
    found = bootstrap([replace(model, truth=truth)], resamples=2000)[0]
    # the single image of the third class is missed with probability (11/12)^12 = 0.352, standard error 0.011
    skipped = found.estimate("balanced_accuracy").skipped
    assert skipped / 2000 == pytest.approx(0.352, abs=0.05)
    assert found.estimate("accuracy").skipped == 0
    assert found.minus(found, "macro_auc").skipped == skipped


def test_one_lesion_has_a_score_and_no_interval():
    model = make_model(images=6)
    first = bootstrap([replace(model, lesion_ids=("x",) * 6)], resamples=10)[0]
    found, difference = first.estimate("accuracy"), first.minus(first, "accuracy")
    assert 0 <= found.value <= 1 and math.isnan(found.low) and math.isnan(found.high)
    assert math.isnan(difference.low) and math.isnan(difference.p)


def test_estimates_read_as_a_sentence_would():
    assert str(Estimate(0.5, 0.25, 0.75)) == "0.500 (0.250 to 0.750)"
    assert str(Difference(0.5, -0.25, 0.75, 0.1)) == "+0.500 (-0.250 to +0.750)"


def test_models_of_other_images_are_refused():
    with pytest.raises(UsageError, match="models: images differ; expected the same ones in the same order"):
        bootstrap([make_model(), make_model("b", prefix="j")])
    with pytest.raises(UsageError, match="1 models and 0 resamples; expected one or more of both"):
        bootstrap([make_model()], resamples=0)


def test_a_p_value_counts_one_more_on_either_side():
    mine = Resampled({"x": 1.0}, {"x": np.array([1.0, 1.0, -1.0])}, 3)
    none = Resampled({"x": 0.0}, {"x": np.zeros(3)}, 3)
    # one of three is at or below 0, two at or above: 2 * (1 + 1) / (1 + 3) = 1
    assert mine.minus(none, "x").p == 1.0
