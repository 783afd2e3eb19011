# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What each concept says for each class."""

from __future__ import annotations

import pytest
import torch

from monai_skin.networks.concept_mil import ConceptClassifier

TOKENS = torch.randn(2, 4, 16, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("kernel", "parameters"), [(1, 132_869), (3, 395_013)])
def test_it_has_the_parameters_of_three_convolutions(kernel, parameters):
    # 2 * (256 * 256 * kernel + 256) + 256 * 5 + 5
    assert sum(p.numel() for p in ConceptClassifier(num_classes=5, kernel_size=kernel).parameters()) == parameters


def test_seven_tenths_are_dropped_between_the_layers_in_training_and_nothing_otherwise():
    torch.manual_seed(0)
    classifier = ConceptClassifier(num_classes=3, in_width=16, width=1000)
    dropped = []
    classifier.second.register_forward_pre_hook(lambda _, given: dropped.append((given[0] == 0).double().mean().item()))
    scores = classifier(TOKENS)
    assert dropped[0] == pytest.approx(0.7, abs=0.02)
    assert not torch.equal(classifier(TOKENS), scores)
    classifier.eval()
    assert torch.equal(classifier(TOKENS), classifier(TOKENS))
    assert dropped[-1] == 0


def test_scores_are_the_three_layers_written_out():
    torch.manual_seed(0)
    classifier = ConceptClassifier(num_classes=3, in_width=16, width=8).eval()
    features = TOKENS
    for layer in (classifier.first, classifier.second):
        features = features @ layer.convolution.weight[..., 0].T + layer.convolution.bias
        features = torch.where(features < 0, 0.2 * features, features)
    expected = features @ classifier.last.weight[..., 0].T + classifier.last.bias
    torch.testing.assert_close(classifier(TOKENS), expected)
