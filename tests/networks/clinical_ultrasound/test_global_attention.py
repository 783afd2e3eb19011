# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import copy

import pytest
import torch

from monai_skin.networks.clinical_ultrasound import GlobalAttention

TOKENS, WIDTH = 9, 8


def made() -> tuple[GlobalAttention, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    net = GlobalAttention(tokens=TOKENS, width=WIDTH, heads=4, hidden=12).eval()
    for vector in (net.position, net.modality, net.summary):  # small at the start, where a mix-up would hardly show
        torch.nn.init.normal_(vector)
    return net, torch.randn(2, TOKENS, WIDTH), torch.randn(2, TOKENS, WIDTH)


def test_tokens_moved_together_with_their_places_leave_the_summary_unchanged():
    net, clinical, ultrasound = made()
    order = torch.randperm(TOKENS, generator=torch.Generator().manual_seed(1))
    moved = copy.deepcopy(net)
    moved.position.data = net.position.data[:, order]
    # the places are shared by both pictures, so both are moved alike
    found, looks = net(clinical, ultrasound)
    again, other_looks = moved(clinical[:, order], ultrasound[:, order])
    torch.testing.assert_close(again, found)
    torch.testing.assert_close(
        other_looks, torch.cat([looks[:, :TOKENS][:, order], looks[:, TOKENS:][:, order]], dim=1)
    )


def test_tokens_of_one_picture_moved_with_their_marks_leave_the_summary_unchanged():
    net, clinical, ultrasound = made()
    order = torch.randperm(TOKENS, generator=torch.Generator().manual_seed(1))
    place = net.position.data
    # a token with its mark is moved by adding the difference of the two marks
    moved = clinical[:, order] + place[:, order] - place
    torch.testing.assert_close(net(moved, ultrasound)[0], net(clinical, ultrasound)[0])


def test_tokens_moved_without_their_places_change_it():
    net, clinical, ultrasound = made()
    found = net(clinical, ultrasound)[0]
    assert not torch.allclose(net(clinical.flip(1), ultrasound)[0], found, atol=1e-3)
    assert not torch.allclose(net(ultrasound, clinical)[0], found, atol=1e-3)


def test_the_summary_spends_its_attention_on_all_tokens_and_on_itself():
    net, clinical, ultrasound = made()
    whole = torch.cat([net.summary.expand(2, -1, -1), torch.cat([clinical, ultrasound], dim=1) + net.marks()], dim=1)
    for layer in net.layers:
        whole, weights = layer(whole)
    looks = net(clinical, ultrasound)[1]
    assert looks.shape == (2, 2 * TOKENS) and bool((looks > 0).all())
    itself = weights[:, :, 0, 0].mean(dim=1)
    torch.testing.assert_close(looks.sum(dim=1) + itself, torch.ones(2))


def test_a_transformer_without_layers_is_refused():
    with pytest.raises(ValueError, match="depth must be at least 1, got 0"):
        GlobalAttention(depth=0)
