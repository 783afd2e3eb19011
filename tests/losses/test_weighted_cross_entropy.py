# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Class weights as in Keras and as in PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from monai_skin.labels import VOCABULARIES
from monai_skin.losses import ClassWeightedCrossEntropy, balanced_class_weights

MELANOMA = list(VOCABULARIES["ham10000"]).index("mel")
WEIGHTS = [5.0 if index == MELANOMA else 1.0 for index in range(7)]
seeds = st.integers(0, 2**31)


def batch(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(9, 7, generator=generator), torch.randint(7, (9,), generator=generator)


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_by_samples_it_is_the_mean_of_each_cross_entropy_times_the_weight_of_its_class(seed):
    logits, target = batch(seed)
    expected = [
        WEIGHTS[int(truth)] * F.cross_entropy(row[None], truth[None]) for row, truth in zip(logits, target, strict=True)
    ]
    torch.testing.assert_close(ClassWeightedCrossEntropy(WEIGHTS)(logits, target), torch.stack(expected).mean())


def test_a_batch_of_melanomas_costs_five_times_as_much_by_samples_and_the_same_by_weights():
    logits, _ = batch(0)
    target = torch.full((len(logits),), MELANOMA)
    plain = F.cross_entropy(logits, target)
    torch.testing.assert_close(ClassWeightedCrossEntropy(WEIGHTS)(logits, target), 5 * plain)
    torch.testing.assert_close(ClassWeightedCrossEntropy(WEIGHTS, normalization="weights")(logits, target), plain)


@settings(deadline=None, max_examples=20)
@given(seeds, st.floats(0, 0.9))
def test_by_weights_it_is_pytorchs(seed, smoothing):
    logits, target = batch(seed)
    loss = ClassWeightedCrossEntropy(WEIGHTS, normalization="weights", label_smoothing=smoothing)
    expected = F.cross_entropy(logits, target, weight=torch.tensor(WEIGHTS), label_smoothing=smoothing)
    torch.testing.assert_close(loss(logits, target), expected)


@settings(deadline=None, max_examples=20)
@given(seeds, st.sampled_from(["samples", "weights"]))
def test_weights_of_1_are_plain_cross_entropy(seed, normalization):
    logits, target = batch(seed)
    loss = ClassWeightedCrossEntropy([1] * 7, normalization=normalization)
    torch.testing.assert_close(loss(logits, target), F.cross_entropy(logits, target))


@settings(deadline=None, max_examples=20)
@given(seeds, st.floats(0.1, 9))
def test_a_factor_of_all_weights_is_a_factor_of_the_loss_by_samples_and_nothing_by_weights(seed, factor):
    logits, target = batch(seed)
    for normalization, expected in (("samples", factor), ("weights", 1)):
        once, more = (
            ClassWeightedCrossEntropy([scale * weight for weight in WEIGHTS], normalization=normalization)
            for scale in (1, factor)
        )
        torch.testing.assert_close(more(logits, target), expected * once(logits, target))


def test_smoothing_spreads_the_target_before_the_sample_is_weighted():
    logits, target = batch(3)
    targets = 0.9 * F.one_hot(target, 7) + 0.1 / 7
    losses = -(targets * logits.log_softmax(1)).sum(1)
    expected = (torch.tensor(WEIGHTS)[target] * losses).mean()
    torch.testing.assert_close(ClassWeightedCrossEntropy(WEIGHTS, label_smoothing=0.1)(logits, target), expected)


@settings(deadline=None)
@given(st.lists(st.integers(1, 50), min_size=2, max_size=6))
def test_balanced_weights_are_scikit_learns_and_give_every_class_the_same_total(counts):
    truth = np.repeat(np.arange(len(counts)), counts)
    weights = balanced_class_weights(counts)
    np.testing.assert_allclose(weights, compute_class_weight("balanced", classes=np.arange(len(counts)), y=truth))
    np.testing.assert_allclose(np.multiply(weights, counts), sum(counts) / len(counts))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"class_weights": [1.0]}, "class_weights must be two or more numbers, none negative"),
        ({"class_weights": [1.0, -1.0]}, "class_weights must be two or more numbers, none negative"),
        ({"class_weights": [0.0, 0.0]}, "class_weights must be two or more numbers, none negative"),
        ({"class_weights": [1, 2], "normalization": "sum"}, "normalization must be 'samples' or 'weights', got 'sum'"),
        ({"class_weights": [1, 2], "label_smoothing": 1.0}, "label_smoothing must be at least 0 and less than 1"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ClassWeightedCrossEntropy(**arguments)


def test_another_number_of_classes_and_a_class_without_images_are_named():
    with pytest.raises(ValueError, match="logits have 7 classes, class_weights has 2"):
        ClassWeightedCrossEntropy([1, 2])(*batch(0))
    with pytest.raises(ValueError, match=r"counts must be one or more positive numbers, got \[3, 0\]"):
        balanced_class_weights([3, 0])
