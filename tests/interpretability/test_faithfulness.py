# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Deletion and insertion curves."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from monai_skin.errors import IntegrityError, UsageError
from monai_skin.interpretability import FaithfulnessCurve, blur_picture, deletion_curve, insertion_curve
from tests.interpretability.small_classifiers import drawn

GREY = torch.zeros(3, 4, 4)
PICTURE = torch.ones(3, 4, 4)
WEIGHTS = torch.arange(16.0).reshape(4, 4) / 120  # add up to 1


def score(pictures: torch.Tensor) -> torch.Tensor:
    """1 for the whole picture, 0 for grey; each pixel is worth its weight."""
    return (pictures.mean(dim=1) * WEIGHTS).sum(dim=(1, 2))


def test_the_curve_falls_by_what_the_hottest_pixels_were_worth():
    # in the order of their weights, pixels 15..12, 11..8, 7..4 and 3..0 go: of 120 parts, 54, 38, 22 and 6
    curve = deletion_curve(score, PICTURE, WEIGHTS, GREY, steps=4)
    assert isinstance(curve, FaithfulnessCurve)
    assert curve.shares.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert curve.scores.tolist() == pytest.approx([1, 66 / 120, 28 / 120, 6 / 120, 0], abs=1e-6)
    # (1/2 + 66/120 + 28/120 + 6/120 + 0/2) / 4
    assert curve.area == pytest.approx((0.5 + 100 / 120) / 4, abs=1e-6)


def test_what_goes_in_one_curve_comes_in_the_other():
    for heat in (WEIGHTS, drawn(4, 4)):
        gone = deletion_curve(score, PICTURE, heat, GREY, steps=16)
        come = insertion_curve(score, PICTURE, heat, GREY, steps=16)
        torch.testing.assert_close(come.scores, 1 - gone.scores, rtol=0, atol=1e-6)
        assert come.area == pytest.approx(1 - gone.area, abs=1e-6)


def test_the_true_order_beats_every_other():
    best = deletion_curve(score, PICTURE, WEIGHTS, GREY, steps=16).area
    others = [deletion_curve(score, PICTURE, drawn(4, 4, seed=seed), GREY, steps=16).area for seed in range(20)]
    assert best < min(others)
    assert deletion_curve(score, PICTURE, -WEIGHTS, GREY, steps=16).area > max(others)


def test_equal_heat_goes_in_reading_order_and_steps_may_be_uneven():
    seen = []

    def watched(pictures: torch.Tensor) -> torch.Tensor:
        seen.extend(pictures[:, 0].flatten(1).tolist())
        return pictures.mean(dim=(1, 2, 3))

    curve = deletion_curve(watched, PICTURE, torch.zeros(4, 4), GREY, steps=3, batch_size=2)
    # 16 pixels in three steps: after 5, 11 and 16
    assert [int(picture.count(0.0)) for picture in (np.array(one).astype(float).tolist() for one in seen)] == [
        0,
        5,
        11,
        16,
    ]
    assert seen[1] == [0.0] * 5 + [1.0] * 11
    assert curve.shares.tolist() == [0, 5 / 16, 11 / 16, 1]


def test_a_batch_is_no_larger_than_asked_for():
    sizes = []
    deletion_curve(lambda p: (sizes.append(len(p)), score(p))[1], PICTURE, WEIGHTS, GREY, steps=9, batch_size=4)
    assert sizes == [4, 4, 2]


def test_the_blur_is_gaussian_and_keeps_a_plain_picture():
    picture = drawn(3, 40, 30)
    expected = np.stack([gaussian_filter(plane, 2.0, mode="mirror", truncate=4) for plane in picture.numpy()])
    torch.testing.assert_close(blur_picture(picture, 2.0), torch.from_numpy(expected), rtol=0, atol=2e-3)
    torch.testing.assert_close(blur_picture(torch.full((3, 20, 20), 0.7)), torch.full((3, 20, 20), 0.7))


@pytest.mark.parametrize("curve", [deletion_curve, insertion_curve])
def test_what_does_not_fit_is_refused(curve):
    with pytest.raises(IntegrityError, match=r"heat has the shape \(4, 5\) between pictures of \(3, 4, 4\)"):
        curve(score, PICTURE, torch.zeros(4, 5), GREY)
    with pytest.raises(IntegrityError, match="expected equal rows and columns"):
        curve(score, PICTURE, WEIGHTS, torch.zeros(3, 4, 5))
    for steps in (0, 17):
        with pytest.raises(UsageError, match=f"steps is {steps}; expected 1 to 16"):
            curve(score, PICTURE, WEIGHTS, GREY, steps=steps)
