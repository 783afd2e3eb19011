# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch

from monai_skin.networks.clinical_ultrasound import LocalAttention, ModalityAttention, Projection, ScaleMerge

GRID, WIDTH, BOTH = 7, 8, torch.ones(2, dtype=torch.bool)


def maps(seed: int = 0, channels: tuple[int, int] = (5, 5), side: int = 14) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    first, second = (torch.randn(2, count, side, side, generator=generator) for count in channels)
    return first, second


def attention(channels: tuple[int, int] = (5, 5), seed: int = 0, **words: bool) -> LocalAttention:
    torch.manual_seed(seed)
    return LocalAttention(channels=channels, width=WIDTH, heads=4, grid=GRID, **words).eval()


def side(seed: int = 0) -> ModalityAttention:
    torch.manual_seed(seed)
    return ModalityAttention(width=WIDTH, heads=4, dropout=0.0).eval()


def grids(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    own, other = maps(seed, (WIDTH, WIDTH))
    pooled = [torch.nn.functional.adaptive_avg_pool2d(one, GRID) for one in (own, other)]
    return own, pooled[0], pooled[1]


def test_at_the_start_both_encoder_maps_are_left_exactly_as_they_were():
    clinical, ultrasound = maps(channels=(5, 3))
    found = attention((5, 3))(clinical, ultrasound, BOTH, BOTH)
    assert torch.equal(found[0], clinical) and torch.equal(found[1], ultrasound)
    assert found[2].shape == found[3].shape == (2, WIDTH, 14, 14)
    assert not torch.equal(found[2], torch.zeros_like(found[2]))


def test_what_is_seen_goes_back_to_the_encoders_once_the_last_layer_has_learnt():
    local = attention()
    torch.nn.init.normal_(local.back_clinical.weight)
    clinical, ultrasound = maps()
    found = local(clinical, ultrasound, BOTH, BOTH)
    assert not torch.equal(found[0], clinical) and torch.equal(found[1], ultrasound)
    assert attention(back=False).back_clinical is None


@pytest.mark.parametrize(("bias", "reacts"), [(100.0, False), (-100.0, True)])
def test_attention_within_a_picture_does_not_see_the_other_and_attention_between_them_does(bias, reacts):
    # the sigmoid of 100 is 1 in float32: the gate lets intra-modality attention through alone; of -100 inter alone
    one = side()
    torch.nn.init.zeros_(one.gate.weight)
    torch.nn.init.constant_(one.gate.bias, bias)
    own, own_grid, other_grid = grids(0)
    found, again = one(own, own_grid, other_grid)[0], one(own, own_grid, grids(1)[2])[0]
    assert torch.equal(found, again) != reacts


@pytest.mark.parametrize("rows", [28, 14, 7])
def test_each_place_looks_at_the_grid_of_either_picture_with_weights_that_add_up_to_one(rows):
    found = attention().weights(*maps(side=rows), BOTH, BOTH)
    assert set(found) == {f"{own}_at_{other}" for own in ("image", "ultrasound") for other in ("image", "ultrasound")}
    for weights in found.values():
        assert weights.shape == (2, 4, rows * rows, 49)
        torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 4, rows * rows))


def test_swapping_the_pictures_with_their_weights_swaps_the_results():
    local, other = attention(), attention()
    state = local.state_dict()
    swapped = {
        name.replace("clinical", "x").replace("ultrasound", "clinical").replace("x", "ultrasound"): value
        for name, value in state.items()
    }
    other.load_state_dict(swapped)
    clinical, ultrasound = maps()
    found, turned = local(clinical, ultrasound, BOTH, BOTH), other(ultrasound, clinical, BOTH, BOTH)
    assert torch.equal(found[2], turned[3]) and torch.equal(found[3], turned[2])
    assert not torch.equal(found[2], found[3])


def test_a_missing_picture_cannot_change_anything():
    local = attention(missing=True)
    torch.nn.init.normal_(local.back_clinical.weight)
    clinical, ultrasound = maps()
    half = torch.tensor([True, False])
    found = local(clinical, ultrasound, BOTH, half)
    again = local(clinical, ultrasound + torch.tensor([0.0, 1.0])[:, None, None, None], BOTH, half)
    for one, other in zip((found[0], *found[2:]), (again[0], *again[2:]), strict=True):
        assert torch.equal(one, other)
    seen = local(clinical, ultrasound + 1, BOTH, half)[2]
    assert not torch.equal(found[2][0], seen[0]) and torch.equal(found[2][1], seen[1])


def test_a_projection_without_missing_pictures_is_a_plain_convolution():
    project = Projection(5, WIDTH)
    picture = maps()[0]
    assert torch.equal(project(picture, torch.zeros(2, dtype=torch.bool)), project.project(picture))


def test_scales_are_averaged_over_the_cells_of_one_grid_and_mixed_place_by_place():
    merge = ScaleMerge(width=2, scales=2, grid=2)
    with torch.no_grad():
        merge.project.weight.zero_()
        merge.project.weight[0, 0], merge.project.weight[1, 3] = 1, 1  # first of the first map, second of the second
        merge.project.bias.zero_()
    fine = torch.arange(32.0).reshape(1, 2, 4, 4)
    coarse = torch.tensor([[[[0.0, 0], [0, 0]], [[1, 2], [3, 4]]]])
    # means of 0 1 4 5, of 2 3 6 7, of 8 9 12 13 and of 10 11 14 15
    expected = torch.tensor([[[2.5, 1], [4.5, 2], [10.5, 3], [12.5, 4]]])
    torch.testing.assert_close(merge([fine, coarse]), expected)


def test_a_map_smaller_than_the_grid_is_repeated_into_it():
    merge = ScaleMerge(width=1, scales=1, grid=4)
    torch.nn.init.ones_(merge.project.weight)
    torch.nn.init.zeros_(merge.project.bias)
    tokens = merge([torch.tensor([[[[1.0, 2], [3, 4]]]])]).reshape(4, 4)
    assert torch.equal(tokens, torch.tensor([[1.0, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]))
