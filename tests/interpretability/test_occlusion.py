# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What is lost where a patch is covered."""

from __future__ import annotations

import pytest
import torch

from monai_skin.errors import IntegrityError, UsageError
from monai_skin.interpretability import occlusion_sensitivity
from tests.interpretability.small_classifiers import drawn

PICTURE = torch.zeros(3, 8, 12)
PICTURE[:, 2:4, 6:8] = 1.0


def brightness(pictures: torch.Tensor) -> torch.Tensor:
    return pictures[:, :, 2:4, 6:8].mean(dim=(1, 2, 3))


def test_only_what_the_score_comes_from_is_missed():
    fall = occlusion_sensitivity(brightness, PICTURE, patch=2, stride=2, cover=torch.zeros(3, 8, 12))
    expected = torch.zeros(8, 12)
    expected[2:4, 6:8] = 1.0
    assert fall.dtype == torch.float32
    torch.testing.assert_close(fall, expected)


def test_a_pixel_has_the_mean_over_the_patches_that_covered_it():
    picture = drawn(1, 5, 7)
    cover = drawn(1, 5, 7, seed=1)
    weights = drawn(5, 7, seed=2)

    def score(pictures: torch.Tensor) -> torch.Tensor:
        return (pictures[:, 0] * weights).sum(dim=(1, 2))

    # linear: covering a patch costs the weighted difference within it; rows start at 0, 2 and columns at 0, 2, 4
    cost = ((picture - cover)[0] * weights).double()
    total, times = torch.zeros(5, 7).double(), torch.zeros(5, 7).double()
    for top in (0, 2):
        for left in (0, 2, 4):
            total[top : top + 3, left : left + 3] += cost[top : top + 3, left : left + 3].sum()
            times[top : top + 3, left : left + 3] += 1
    found = occlusion_sensitivity(score, picture, patch=3, stride=2, cover=cover)
    torch.testing.assert_close(found, (total / times).float(), atol=1e-5, rtol=1e-4)


def test_the_last_patch_ends_at_the_border_and_no_pixel_is_left_out():
    fall = occlusion_sensitivity(lambda p: p.mean(dim=(1, 2, 3)), drawn(3, 8, 13), patch=5, stride=5)
    assert fall.shape == (8, 13)
    assert torch.isfinite(fall).all()


def test_the_mean_colour_is_the_cover_unless_another_is_given():
    picture = drawn(3, 6, 6)
    cover = picture.mean(dim=(1, 2), keepdim=True).expand(3, 6, 6)
    given = occlusion_sensitivity(lambda p: p[:, 0, 2, 2], picture, patch=2, stride=1, cover=cover)
    torch.testing.assert_close(occlusion_sensitivity(lambda p: p[:, 0, 2, 2], picture, patch=2, stride=1), given)
    assert given.abs().max() > 0.01


def test_a_batch_is_no_larger_than_asked_for_and_the_picture_is_not_modified():
    sizes, picture = [], PICTURE.clone()
    occlusion_sensitivity(
        lambda p: (sizes.append(len(p)), brightness(p))[1], picture, patch=4, stride=4, batch_size=4
    )  # the whole picture, then 2 x 3 places
    assert sizes == [1, 4, 2]
    assert torch.equal(picture, PICTURE)


@pytest.mark.parametrize("patch, stride", [(9, 4), (0, 1), (4, 5), (4, 0)])
def test_patches_that_do_not_fit_or_leave_gaps_are_refused(patch, stride):
    with pytest.raises(UsageError, match=rf"patch is {patch} with stride {stride} on 8 x 12 pixels; expected stride"):
        occlusion_sensitivity(brightness, PICTURE, patch=patch, stride=stride)
    with pytest.raises(IntegrityError, match=r"cover has the shape \(3, 8, 8\) for a picture of \(3, 8, 12\)"):
        occlusion_sensitivity(brightness, PICTURE, patch=4, stride=4, cover=PICTURE[:, :, :8])
