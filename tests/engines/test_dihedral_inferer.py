# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Predictions averaged over the ways a picture can lie."""

from __future__ import annotations

import pytest
import torch
from monai.data import MetaTensor

from monai_skin.engines import Bfloat16Inferer, DihedralInferer
from monai_skin.errors import UsageError

IMAGE = torch.randn(2, 3, 4, 6, generator=torch.Generator().manual_seed(0))
LESION = torch.randn(2, 3, 4, 6, generator=torch.Generator().manual_seed(1))
CLINICAL = torch.randn(2, 4, generator=torch.Generator().manual_seed(2))
MIXING = torch.randn(12, 5, generator=torch.Generator().manual_seed(3))


def all_views(picture: torch.Tensor) -> list[torch.Tensor]:
    """Quarter turns and their mirror images: the dihedral group by its own definition."""
    turned = [torch.rot90(picture, turns, (-2, -1)) for turns in range(4)]
    return turned + [view.flip(-1) for view in turned]


def corner(image: torch.Tensor, segmented: torch.Tensor | None = None, clinical: torch.Tensor | None = None):
    """Logits of one corner of each picture and of the metadata: no two views agree."""
    other = torch.zeros_like(image) if segmented is None else segmented
    fields = torch.zeros(len(image), 4) if clinical is None else clinical
    seen = torch.cat([image[:, :, 0, 1], other[:, :, 0, 1], image[:, :2, 1, 0], fields], dim=1)
    return seen @ MIXING


def overall(image: torch.Tensor) -> torch.Tensor:
    """Logits that do not depend on how the picture lies."""
    return torch.cat([image.mean(dim=(2, 3)), image.amax(dim=(2, 3))], dim=1)


@pytest.mark.parametrize("views", [4, 8])
def test_a_network_that_does_not_care_gives_its_own_probabilities(views):
    averaged = DihedralInferer(views=views)(IMAGE, overall)
    torch.testing.assert_close(averaged, overall(IMAGE).log_softmax(dim=1))


def test_eight_views_give_the_mean_over_the_dihedral_group():
    expected = torch.stack(
        [
            corner(image, lesion, CLINICAL).softmax(dim=1)
            for image, lesion in zip(all_views(IMAGE), all_views(LESION), strict=True)
        ]
    ).mean(dim=0)
    averaged = DihedralInferer()(IMAGE, corner, segmented=LESION, clinical=CLINICAL)
    torch.testing.assert_close(averaged.softmax(dim=1), expected)
    torch.testing.assert_close(averaged.exp(), expected)  # it is the logarithm itself
    torch.testing.assert_close(DihedralInferer()(IMAGE, corner, LESION, CLINICAL), averaged)  # by place as by name


def test_four_views_keep_rows_and_columns_apart():
    shapes = []

    def network(image: torch.Tensor) -> torch.Tensor:
        shapes.append(tuple(image.shape[2:]))
        return corner(image)

    views = [IMAGE, IMAGE.flip(-1), IMAGE.flip(-2), IMAGE.flip(-2).flip(-1)]
    expected = torch.stack([corner(view).softmax(dim=1) for view in views]).mean(dim=0)
    torch.testing.assert_close(DihedralInferer(views=4)(IMAGE, network).exp(), expected)
    assert shapes == [(4, 6)] * 4
    DihedralInferer()(IMAGE, network)
    assert sorted(shapes[4:]) == [(4, 6)] * 4 + [(6, 4)] * 4


def test_turning_the_picture_first_changes_nothing():
    for view in all_views(IMAGE):
        torch.testing.assert_close(DihedralInferer()(view, corner), DihedralInferer()(IMAGE, corner))


def test_one_view_gives_the_networks_own_logits_bit_for_bit():
    assert torch.equal(DihedralInferer(views=1)(IMAGE, corner, segmented=LESION), corner(IMAGE, LESION))


def test_what_is_not_a_picture_of_the_images_size_stays_as_it_is():
    small, seen = torch.randn(2, 3, 2, 2), []

    def network(image: torch.Tensor, other: torch.Tensor, note: str) -> torch.Tensor:
        seen.append((other, note))
        return overall(image)

    DihedralInferer()(IMAGE, network, small, note="as it is")
    assert all(torch.equal(other, small) and note == "as it is" for other, note in seen)


def test_very_sure_predictions_stay_finite():
    averaged = DihedralInferer()(IMAGE, lambda image: 1e4 * corner(image))
    assert torch.isfinite(averaged).all()
    torch.testing.assert_close(averaged.exp().sum(dim=1), torch.ones(2))


def test_it_calls_the_network_through_the_inferer_it_is_given():
    kinds = []

    def network(image: torch.Tensor) -> torch.Tensor:
        kinds.append((type(image), torch.is_autocast_enabled("cpu")))
        return overall(image)

    DihedralInferer(Bfloat16Inferer(anywhere=True))(MetaTensor(IMAGE), network)
    assert kinds == [(torch.Tensor, True)] * 8


def test_another_number_of_views_is_refused():
    with pytest.raises(UsageError, match="inferer: views is 6; expected 1, 4 or 8"):
        DihedralInferer(views=6)


def test_a_network_that_gives_maps_is_refused():
    with pytest.raises(ValueError, match=r"network gives shape \(2, 3, 4, 6\); expected logits \(B, K\)"):
        DihedralInferer()(IMAGE, torch.nn.Identity())
