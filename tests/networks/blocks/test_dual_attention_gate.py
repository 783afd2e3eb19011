# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The gate may only damp a skip, and opens fully when told to."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from monai_skin.networks.blocks import DualAttentionGate


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.sampled_from(["both", "spatial", "channel", "none"]))
def test_a_gated_skip_is_never_larger_than_the_skip(seed, mode):
    torch.manual_seed(seed)
    gate = DualAttentionGate(skip_channels=16, gate_channels=8, mode=mode)
    skip, signal = torch.randn(2, 16, 5, 7), torch.randn(2, 8, 5, 7)
    assert bool((gate(skip, signal).abs() <= skip.abs()).all())


def test_with_both_biases_at_infinity_the_plain_skip_comes_out():
    gate = DualAttentionGate(skip_channels=16, gate_channels=8)
    gate.spatial.psi.bias.data.fill_(1e4)
    gate.channel.excite.bias.data.fill_(1e4)
    skip = torch.randn(2, 16, 5, 7)
    assert torch.equal(gate(skip, torch.randn(2, 8, 5, 7)), skip)


def test_mode_none_is_the_identity_and_has_no_parameters():
    gate = DualAttentionGate(skip_channels=16, gate_channels=8, mode="none")
    skip = torch.randn(1, 16, 3, 3)
    assert torch.equal(gate(skip, torch.randn(1, 8, 3, 3)), skip)
    assert list(gate.parameters()) == []


def test_the_maps_are_fractions_of_the_stated_shapes():
    gate = DualAttentionGate(skip_channels=16, gate_channels=8)
    skip, signal = torch.randn(2, 16, 5, 7), torch.randn(2, 8, 5, 7)
    alpha, beta = gate.spatial(skip, signal), gate.channel(skip, signal)
    assert alpha.shape == (2, 1, 5, 7) and beta.shape == (2, 16, 1, 1)
    for values in (alpha, beta):
        assert bool(((values > 0) & (values < 1)).all())


@pytest.mark.parametrize(("channels", "width", "hidden"), [(8, 8, 4), (96, 48, 6)])
def test_the_gate_is_the_formula_written_out_by_hand(channels, width, hidden):
    gate = DualAttentionGate(skip_channels=channels, gate_channels=5)
    skip, signal = torch.randn(2, channels, 3, 4), torch.randn(2, 5, 3, 4)
    spatial, channel = gate.spatial, gate.channel
    # half of the skip's channels but at least 8, and a sixteenth of them but at least 4
    assert spatial.psi.weight.shape == (1, width, 1, 1) and channel.excite.weight.shape == (channels, hidden)
    both = torch.einsum("oi,bihw->bohw", spatial.from_gate.weight[..., 0, 0], signal)
    both = both + torch.einsum("oi,bihw->bohw", spatial.from_skip.weight[..., 0, 0], skip)
    hidden_map = (both + spatial.from_gate.bias[:, None, None]).relu()
    alpha = torch.sigmoid(torch.einsum("i,bihw->bhw", spatial.psi.weight[0, :, 0, 0], hidden_map) + spatial.psi.bias)
    pooled = torch.cat([signal.mean(dim=(2, 3)), skip.mean(dim=(2, 3))], dim=1)
    squeezed = (pooled @ channel.squeeze.weight.T + channel.squeeze.bias).relu()
    beta = torch.sigmoid(squeezed @ channel.excite.weight.T + channel.excite.bias)
    torch.testing.assert_close(gate(skip, signal), skip * alpha[:, None] * beta[:, :, None, None])


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="mode must be one of"):
        DualAttentionGate(skip_channels=16, gate_channels=8, mode="dual")
