# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The comparison trains every fusion, and judges what it says it judges."""

from __future__ import annotations

import pytest
import torch

from benchmarks.concept_bags import FUSIONS, judged, stated, trained
from monai_skin.data import make_concept_bags

BAGS = make_concept_bags(64, seed=0, concepts=3)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_fusion_is_trained_and_judged(fusion):
    scores = judged(trained(fusion, BAGS, seed=0, epochs=2), BAGS)
    assert len(scores["accuracy"]) == 3
    assert (scores["planted_decides"] is None) == (fusion == "average_sum")


def test_the_planted_concept_is_known_from_that_of_the_bags():
    network = trained("local_only", BAGS, seed=0, epochs=2)
    told = BAGS._replace(planted=network.evidence(BAGS.image, BAGS.concepts).deciding)
    assert judged(network, told)["planted_decides"] == [1.0, 1.0, 1.0]
    never = BAGS._replace(planted=torch.full_like(BAGS.planted, 99))
    assert judged(network, never)["planted_decides"] == [0.0, 0.0, 0.0]


def test_a_share_comes_with_its_interval():
    share, low, high = stated(torch.tensor([True, True, False, True] * 25))
    assert share == 0.75
    # the normal approximation: 0.75 +- 1.96 * sqrt(0.75 * 0.25 / 100)
    assert low == pytest.approx(0.665, abs=0.02)
    assert high == pytest.approx(0.835, abs=0.02)
