# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Deletion and insertion in four numbers."""

from __future__ import annotations

import pytest
import torch

from monai_skin.interpretability import (
    RemovalAreas,
    blur_picture,
    deletion_curve,
    function_of_pictures,
    insertion_curve,
    removal_areas,
)
from tests.interpretability.small_classifiers import drawn, dual_encoder, patients

HEAT = drawn(64, 96, seed=5)


def inputs() -> dict[str, torch.Tensor]:
    return patients(1)


def test_they_are_the_areas_of_the_two_curves_with_pixels_gone_from_both_pictures():
    network, both = dual_encoder(), torch.cat([inputs()["image"], inputs()["segmented"]], dim=1)[0]
    function = function_of_pictures(network, inputs(), 3, ("image", "segmented"))
    found = removal_areas(network, inputs(), 3, HEAT)
    for curve, area in ((deletion_curve, found.deletion), (insertion_curve, found.insertion)):
        expected = curve(function, both, HEAT, blur_picture(both, sigma=6.4), steps=20).area  # a tenth of 64 rows
        assert area == pytest.approx(expected, abs=1e-6)
    assert found.deletion != pytest.approx(found.insertion, abs=1e-5)


def test_random_heat_is_the_same_for_every_map_and_another_for_another_seed():
    network = dual_encoder()
    one, other, reseeded = (
        removal_areas(network, inputs(), 3, heat, seed=seed) for heat, seed in ((HEAT, 1), (-HEAT, 1), (HEAT, 2))
    )
    assert isinstance(one, RemovalAreas)
    assert one[2:] == other[2:] and one[:2] != other[:2]
    assert reseeded[2:] != one[2:] and reseeded[:2] == one[:2]


def test_without_the_outlined_lesion_the_picture_stands_in():
    bare = {"image": inputs()["image"]}
    same = {**bare, "segmented": bare["image"]}
    assert removal_areas(dual_encoder(), bare, 3, HEAT) == removal_areas(dual_encoder(), same, 3, HEAT)
