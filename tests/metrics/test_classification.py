# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Scores of diagnoses against scikit-learn, by hand, and at their conventions."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from monai_skin import metrics as ours
from monai_skin.errors import InvalidInputError

CLASSES = 4


@st.composite
def predictions(draw, classes=CLASSES):
    """Up to thirty images, with few distinct probabilities, so that ties and absent classes are common."""
    count = draw(st.integers(1, 30))
    seed, steps = draw(st.integers(0, 10_000)), draw(st.sampled_from([2, 5, 1000]))
    random = np.random.default_rng(seed)
    parts = random.integers(1, steps + 1, (count, classes)).astype(float)
    return random.integers(0, draw(st.integers(1, classes)), count), parts / parts.sum(axis=1, keepdims=True)


@settings(deadline=None, max_examples=60)
@given(predictions())
def test_scores_of_the_predicted_class_equal_scikit_learns(pair):
    truth, probabilities = pair
    guess = probabilities.argmax(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of classes that are predicted but never true
        assert ours.balanced_accuracy(truth, probabilities) == pytest.approx(
            oracle.balanced_accuracy_score(truth, guess)
        )
    assert ours.accuracy(truth, probabilities) == pytest.approx(oracle.accuracy_score(truth, guess))
    assert ours.macro_f1(truth, probabilities) == pytest.approx(
        oracle.f1_score(truth, guess, average="macro", zero_division=0)
    )


@settings(deadline=None, max_examples=60)
@given(predictions())
def test_areas_under_the_curve_equal_scikit_learns_class_by_class(pair):
    truth, probabilities = pair
    areas = ours.one_vs_rest_auc(truth, probabilities)
    expected = [
        oracle.roc_auc_score(truth == index, probabilities[:, index])
        if 0 < (truth == index).sum() < len(truth)
        else None
        for index in range(CLASSES)
    ]
    for area, value in zip(areas, expected, strict=True):
        assert math.isnan(area) if value is None else area == pytest.approx(value)
    defined = [value for value in expected if value is not None]
    mean = ours.macro_auc(truth, probabilities)
    assert mean == pytest.approx(np.mean(defined)) if defined else math.isnan(mean)


def test_the_weighted_area_equals_scikit_learns():
    random = np.random.default_rng(0)
    truth, probabilities = random.integers(0, 3, 200), random.dirichlet(np.ones(3), 200)
    expected = oracle.roc_auc_score(truth, probabilities, multi_class="ovr", average="weighted")
    assert ours.weighted_auc(truth, probabilities) == pytest.approx(expected)


def test_probability_scores_equal_scikit_learns():
    random = np.random.default_rng(0)
    truth, probabilities = random.integers(0, 3, 200), random.dirichlet(np.ones(3), 200)
    one_hot = np.eye(3)[truth]
    assert ours.brier(truth, probabilities) == pytest.approx(np.square(probabilities - one_hot).sum(axis=1).mean())
    assert ours.brier(truth, probabilities) == pytest.approx(
        sum(oracle.brier_score_loss(one_hot[:, index], probabilities[:, index]) for index in range(3))
    )
    assert ours.negative_log_likelihood(truth, probabilities) == pytest.approx(oracle.log_loss(truth, probabilities))


def test_a_certain_mistake_costs_sixteen_nats_not_infinity():
    # -ln(1e-7) = 7 ln 10
    assert ours.negative_log_likelihood([0], [[0.0, 1.0]]) == pytest.approx(7 * math.log(10))


def test_balanced_accuracy_of_a_worked_example():
    # rows true, columns predicted: class 0 is right 1 of 2, class 1 right 3 of 3, class 2 does not occur
    guess = np.array([0, 2, 1, 1, 1])
    assert ours.balanced_accuracy([0, 0, 1, 1, 1], np.eye(3)[guess]) == pytest.approx((1 / 2 + 1) / 2)
    # F1: class 0 2*1/(2+0+1) = 2/3, class 1 1, class 2 is predicted once and never true: 0
    assert ours.macro_f1([0, 0, 1, 1, 1], np.eye(3)[guess]) == pytest.approx((2 / 3 + 1 + 0) / 3)


@settings(deadline=None, max_examples=40)
@given(predictions(), st.randoms(use_true_random=False))
def test_the_order_of_the_images_makes_no_difference(pair, random):
    truth, probabilities = pair
    order = list(range(len(truth)))
    random.shuffle(order)
    for score in (ours.balanced_accuracy, ours.macro_f1, ours.macro_auc, ours.weighted_auc, ours.brier):
        expected = pytest.approx(score(truth, probabilities), nan_ok=True)
        assert score(truth[order], probabilities[order]) == expected


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=1, max_size=30), st.sampled_from([0.5, 0.8, 0.95, 1])
)
def test_sensitivity_at_a_specificity_is_the_best_of_all_thresholds(rows, specificity):
    positive, score = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=float)
    found = ours.sensitivity_at_specificity(positive, score, specificity)
    if positive.all() or not positive.any():
        assert math.isnan(found)
        return
    fpr, tpr, _ = oracle.roc_curve(positive, score, drop_intermediate=False)
    assert found == pytest.approx(tpr[1 - fpr >= specificity - 1e-12].max())


def test_sensitivity_at_a_specificity_of_zero_is_one():
    assert ours.sensitivity_at_specificity([True, False], [0.1, 0.9], 0.0) == 1.0


def test_a_specificity_outside_0_to_1_is_refused():
    with pytest.raises(ValueError, match="specificity must be from 0 to 1, got 95"):
        ours.sensitivity_at_specificity([True, False], [0.1, 0.9], 95)


def test_malignant_against_benign_adds_the_malignant_probabilities():
    truth = np.array([0, 1, 2, 2])
    probabilities = np.array([[0.4, 0.4, 0.2], [0.0, 0.6, 0.4], [0.3, 0.4, 0.3], [0.1, 0.1, 0.8]])
    # malignant 0.8 and 0.6 against benign 0.7 and 0.2: three of the four pairs are in order
    assert ours.malignant_auc(truth, probabilities, malignant=[0, 1]) == 0.75


def test_one_class_alone_has_no_area():
    assert math.isnan(ours.roc_auc([True, True], [0.1, 0.2]))
    assert math.isnan(ours.macro_auc([1, 1], [[0.4, 0.6], [0.5, 0.5]]))
    assert math.isnan(ours.weighted_auc([1, 1], [[0.4, 0.6], [0.5, 0.5]]))


@pytest.mark.parametrize(
    ("truth", "probabilities", "message"),
    [
        ([0, 1], [[0.5, 0.5], [math.nan, 0.5]], "probabilities are not finite in row 1; expected finite numbers"),
        ([0, 1], [[math.inf, 0.5], [0.5, 0.5]], "are not finite in row 0"),
        ([0, 1], [[0.5, 0.5], [0.5, 0.6]], "add up to 1.1 in row 1; expected 1"),
        ([0, 1], [[0.5, 0.5], [1.5, -0.5]], "range from -0.5 to 1.5; expected 0 to 1"),
        ([0, 2], [[0.5, 0.5], [0.5, 0.5]], "truth holds classes 0 to 2; expected 0 to 1"),
        ([0, -1], [[0.5, 0.5], [0.5, 0.5]], "truth holds classes -1 to 0"),
        ([0.0, 1.0], [[0.5, 0.5], [0.5, 0.5]], "truth is float64; expected whole numbers"),
        ([0], [[0.5, 0.5], [0.5, 0.5]], r"truth has the shape \(1,\); expected \(2,\)"),
        ([], np.zeros((0, 3)), r"probabilities have the shape \(0, 3\)"),
    ],
)
def test_what_cannot_be_scored_is_named(truth, probabilities, message):
    with pytest.raises(InvalidInputError, match=message):
        ours.check_predictions(truth, probabilities)


@pytest.mark.parametrize("decimals", [3, 6])
def test_rounded_probabilities_add_up_well_enough(decimals):
    rounded = np.round(np.random.default_rng(0).dirichlet(np.ones(8), 50), decimals)
    _, values = ours.check_predictions(np.zeros(50, int), rounded)
    assert (values == rounded).all()


# precision, recall and F1 as Hu et al., WACV 2025, print them, by method: their tables 2 and 5
PRINTED = {
    "ResNet": "381 324 350  575 538 556  623 547 582  740 588 655  739 732 735",
    "ViT": "393 364 378  603 536 567  554 567 560  756 663 706  824 775 799",
    "global only": "313 330 321  606 495 545  550 565 557  738 671 702  766 682 722",
    "concepts": "375 381 378  643 509 568  651 631 641  805 768 786  841 798 819",
    "k of 1, 2, 5, 6, 15": "621 612 616  615 624 619  651 631 640  647 634 640  607 591 599",
}


@pytest.mark.parametrize("method", PRINTED)
def test_f1_of_macros_gives_the_column_of_a_paper_that_states_it(method):
    rows = np.array(PRINTED[method].split(), dtype=float).reshape(5, 3) / 1000
    for precision, recall, printed in rows:
        # the three are rounded to a thousandth, and 0.651 and 0.631 stand with two different values
        assert ours.f1_of_macros(precision, recall) == pytest.approx(printed, abs=0.001)


@settings(deadline=None, max_examples=25)
@given(predictions())
def test_f1_of_macros_is_never_below_the_mean_of_the_classes(pair):
    truth, probabilities = pair
    guess = probabilities.argmax(axis=1)
    options = {"average": "macro", "zero_division": 0}
    precision, recall, _, _ = oracle.precision_recall_fscore_support(truth, guess, **options)
    assert ours.f1_of_macros(precision, recall) >= ours.macro_f1(truth, probabilities) - 1e-12


def test_f1_of_macros_by_hand():
    assert ours.f1_of_macros(0.5, 1.0) == pytest.approx(2 / 3)
    assert ours.f1_of_macros(0.0, 0.0) == 0.0
