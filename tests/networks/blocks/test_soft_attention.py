# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Soft attention: maps that share out one unit each, and the published 3-D convolution taken literally."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.networks.blocks import SoftAttention, SoftAttentionBlock

MODES = ("paper", "repo")
seeds = st.integers(0, 2**31)
sides = st.integers(1, 8)


def attention_and_features(seed, mode="paper", channels=5, size=(4, 6), batch=2, **options):
    torch.manual_seed(seed)
    attention = SoftAttention(channels, mode=mode, **options)
    return attention, torch.randn(batch, channels, *size)


def same_padding(size, kernel, stride):
    """TensorFlow's SAME: ceil(size / stride) outputs, and the odd cell of the padding at the end."""
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def scores_by_a_3d_convolution(features, kernel, bias):
    """The published layer: data (B, rows, columns, C, 1), kernel (C, 3, 3, 1, heads), strides (1, 1, C), SAME."""
    volume = features.permute(0, 2, 3, 1).unsqueeze(1)
    channels = features.shape[1]
    padding = [
        side
        for size, taps, stride in reversed(list(zip(volume.shape[2:], kernel.shape[:3], (1, 1, channels), strict=True)))
        for side in same_padding(size, taps, stride)
    ]
    scores = F.conv3d(F.pad(volume, padding), kernel.permute(4, 3, 0, 1, 2), bias, stride=(1, 1, channels))
    return scores.squeeze(4)


@settings(deadline=None, max_examples=30)
@given(seeds, st.sampled_from(MODES), sides, sides, st.integers(3, 9))
def test_every_head_shares_out_one_and_the_output_is_the_input_times_their_sum(seed, mode, rows, columns, channels):
    attention, features = attention_and_features(seed, mode, channels, (rows, columns))
    attended, maps = attention(features)
    assert attended.shape == features.shape and maps.shape == (2, 16, rows, columns)
    assert bool((maps >= 0).all())
    torch.testing.assert_close(maps.sum(dim=(2, 3)), torch.ones(2, 16), atol=1e-5, rtol=0)
    torch.testing.assert_close(maps.sum(dim=(1, 2, 3)), torch.full((2,), 16.0), atol=1e-4, rtol=0)
    assert torch.equal(attended, features * maps.sum(dim=1, keepdim=True))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("side", [8, 7])
def test_with_constant_scores_each_cell_of_the_summed_map_has_16_over_the_area(mode, side):
    attention, features = attention_and_features(0, mode, 12, (side, side))
    attention.score.bias.data.fill_(-1e6)  # no score passes the ReLU
    _, maps = attention(features)
    torch.testing.assert_close(maps.sum(dim=1), torch.full((2, side, side), 16 / side**2))


@pytest.mark.parametrize("mode", MODES)
def test_an_input_of_zeros_comes_out_as_zeros(mode):
    attention, features = attention_and_features(0, mode)
    assert not attention(torch.zeros_like(features))[0].any()


def test_a_constant_added_to_a_heads_scores_changes_nothing_without_the_relu_but_may_with_it():
    changes = {}
    for activation in (None, "relu"):
        attention, features = attention_and_features(1, activation=activation)
        before = attention(features)[1]
        attention.score.bias.data[3] += 2.5
        changes[activation] = (attention(features)[1] - before).detach().abs().max().item()
    assert changes[None] < 1e-6 < 1e-3 < changes["relu"]


# C smaller and larger than the 2 H - 1 kernel rows that can meet the map, odd and even
@pytest.mark.parametrize("channels", [3, 4, 5, 6, 8, 15, 16, 40, 41])
@pytest.mark.parametrize("size", [(8, 8), (4, 6), (3, 2), (1, 1)])
def test_mode_repo_is_the_published_3d_convolution(channels, size):
    attention, features = attention_and_features(2, "repo", channels, size, activation=None)
    kernel, bias = attention.score.kernel, attention.score.bias
    torch.nn.init.normal_(bias)
    assert kernel.shape == (channels, 3, 3, 1, 16)
    literal = scores_by_a_3d_convolution(features, kernel, bias)
    assert literal.shape == (2, 16, *size)
    torch.testing.assert_close(attention.score(features), literal, atol=1e-4, rtol=1e-4)
    expected = F.softmax(literal.flatten(2), dim=2).view_as(literal)
    torch.testing.assert_close(attention(features)[1], expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("mode", "seen"), [("repo", {0, 1, 2}), ("paper", set(range(8)))])
def test_mode_repo_sees_the_first_three_channels_only_and_mode_paper_all_of_them(mode, seen):
    attention, features = attention_and_features(3, mode, 8)
    maps = attention(features)[1]
    changing = set()
    for channel in range(8):
        changed = features.clone()
        changed[:, channel] += 100 * torch.randn_like(changed[:, channel])
        if not torch.equal(attention(changed)[1], maps):
            changing.add(channel)
    assert changing == seen


@pytest.mark.parametrize(("channels", "rows"), [(24, 4), (25, 4), (6, 4)])
def test_kernel_rows_that_never_meet_the_map_have_no_gradient(channels, rows):
    attention, features = attention_and_features(4, "repo", channels, (rows, 5), activation=None)
    attention.score(features).square().sum().backward()
    middle = (channels - 1) // 2
    touched = {row for row in range(channels) if attention.score.kernel.grad[row].any()}
    assert touched == set(range(max(middle - rows + 1, 0), min(middle + rows, channels)))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("channels", "count"), [(192, 27_664), (128, 18_448), (512, 73_744), (2048, 294_928)])
def test_the_layer_has_the_published_number_of_parameters(mode, channels, count):
    with torch.device("meta"):
        assert sum(p.numel() for p in SoftAttention(channels, mode=mode).parameters()) == count
        assert sum(p.numel() for p in SoftAttention(channels, mode=mode, use_gamma=True).parameters()) == count + 1


@pytest.mark.parametrize("mode", MODES)
def test_weights_start_uniform_with_variance_2_over_the_fan_in(mode):
    attention, _ = attention_and_features(0, mode, 192)
    weight = attention.score.kernel if mode == "repo" else attention.score.weight
    assert float(weight.detach().var()) == pytest.approx(2 / (9 * 192), rel=0.05)
    assert float(weight.detach().abs().max()) == pytest.approx(math.sqrt(6 / (9 * 192)), rel=0.01)
    assert not attention.score.bias.any()


def test_gamma_1_is_no_gamma_and_gamma_0_leaves_the_pooled_features():
    attention, features = attention_and_features(5, use_gamma=True)
    plain, _ = attention_and_features(5)
    attention.gamma.data.fill_(1)
    assert torch.equal(attention(features)[0], plain(features)[0])
    block = SoftAttentionBlock(5, use_gamma=True).eval()
    assert block.attention.gamma.item() == pytest.approx(0.01)
    block.attention.gamma.data.zero_()
    kept, attended = block(features).chunk(2, dim=1)
    assert not attended.any()
    assert torch.equal(kept, F.max_pool2d(features, 2).relu())


@settings(deadline=None, max_examples=15)
@given(sides, sides)
def test_the_block_doubles_the_channels_and_halves_the_size_rounded_up(rows, columns):
    block = SoftAttentionBlock(4).eval()
    features = torch.randn(2, 4, rows, columns)
    out = block(features)
    assert out.shape == (2, 8, (rows + 1) // 2, (columns + 1) // 2)
    assert bool((out >= 0).all())
    attended, maps = block.attention(features)
    assert torch.equal(block.maps(features), maps)
    assert torch.equal(out[:, 4:], F.max_pool2d(attended, 2, ceil_mode=True).relu())


def test_half_of_the_block_is_dropped_in_training():
    block = SoftAttentionBlock(8)
    features = torch.ones(4, 8, 32, 32)
    assert float((block(features) == 0).float().mean()) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("mode", MODES)
def test_maps_stay_float32_under_autocast(mode):
    attention, features = attention_and_features(6, mode, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        attended, maps = attention(features.bfloat16())
    assert (attended.dtype, maps.dtype) == (torch.bfloat16, torch.float32)
    torch.testing.assert_close(maps.sum(dim=(2, 3)), torch.ones(2, 16), atol=1e-5, rtol=0)


def test_an_unknown_mode_or_activation_and_too_few_channels_are_refused():
    with pytest.raises(ValueError, match="mode must be one of paper, repo, got 'code'"):
        SoftAttention(8, mode="code")
    with pytest.raises(ValueError, match="activation must be 'relu' or None, got 'gelu'"):
        SoftAttention(8, activation="gelu")
    with pytest.raises(ValueError, match="mode 'repo' needs at least 3 channels, got 2"):
        SoftAttention(2, mode="repo")
