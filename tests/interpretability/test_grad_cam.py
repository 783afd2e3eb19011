# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Grad-CAM and Grad-CAM++."""

from __future__ import annotations

import pytest
import torch
import torch.nn as nn
from hypothesis import given, settings
from hypothesis import strategies as st
from monai.visualize import GradCAM

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.interpretability import grad_cam, stretch_heat
from tests.interpretability.small_classifiers import Pooled, drawn, dual_encoder, patients

IMAGE = drawn(3, 3, 5, 7)
both = pytest.mark.parametrize("plus_plus", [False, True])


def test_behind_a_mean_and_a_linear_layer_it_is_the_weighted_sum_of_the_channels():
    # y = sum_k W_k mean(A_k) + b, so dy/dA_k = W_k / (h w) everywhere, and the map is relu(sum_k W_k A_k) / (h w)
    network, target = Pooled(), torch.tensor([2, 0, 3])
    closed = torch.einsum("bk,bkhw->bhw", network.head.weight[target], network.features(IMAGE)).relu() / 35
    for layer in ("relu", network.relu):
        heat = grad_cam(network, {"image": IMAGE}, layer, target)
        assert heat.dtype == torch.float32
        assert not heat.requires_grad
        torch.testing.assert_close(heat, closed.detach())


def test_a_layer_is_seen_as_it_was_before_the_next_one_worked_in_place():
    network, target = Pooled(), torch.tensor([2, 0, 3])
    before = network.conv(IMAGE)
    # in front of the ReLU the gradient is W_k / (h w) where A is positive, and 0 elsewhere
    weights = network.head.weight[target] * (before > 0).float().mean(dim=(2, 3)) / 35
    closed = torch.einsum("bk,bkhw->bhw", weights, before).relu()
    torch.testing.assert_close(grad_cam(network, {"image": IMAGE}, "conv", target), closed.detach())


def test_it_is_monai_s_map_without_the_inversion():
    network, inputs = dual_encoder(), patients(1)
    # another copy of the same network, as MONAI's hooks stay in it
    monai = GradCAM(
        dual_encoder(), "encoder", postprocessing=lambda heat: heat, upsampler=lambda size: lambda heat: heat
    )
    others = {"segmented": inputs["segmented"], "clinical": inputs["clinical"]}
    for target in range(7):
        theirs = monai(inputs["image"].clone().requires_grad_(), class_idx=target, **others)[:, 0]
        torch.testing.assert_close(grad_cam(network, inputs, "encoder", torch.tensor([target])), theirs)


def test_grad_cam_plus_plus_is_the_formula_of_the_paper_pixel_by_pixel():
    network, inputs, target = dual_encoder(fusion="concat").double(), patients(), torch.tensor([1, 4])
    inputs = {name: value.double() for name, value in inputs.items()}
    kept = []
    with network.segmented_encoder.register_forward_hook(lambda _, __, features: kept.append(features)):
        network(**inputs)[[0, 1], target].sum().backward(inputs=[network.head[4].bias], retain_graph=True)
        gradients = torch.autograd.grad(network(**inputs)[[0, 1], target].sum(), kept[1])[0]
    expected = torch.zeros(2, 2, 3, dtype=torch.float64)
    for item in range(2):
        for features, gradient in zip(kept[1][item].detach(), gradients[item], strict=True):
            weight = 0.0
            for g in gradient.flatten().tolist():
                denominator = 2 * g**2 + g**3 * float(features.sum())
                weight += (g**2 / denominator if denominator else 0.0) * max(g, 0.0)
            expected[item] += weight * features
    heat = grad_cam(network, inputs, "segmented_encoder", target, plus_plus=True)
    assert heat.any()
    torch.testing.assert_close(heat, expected.relu().float(), rtol=1e-4, atol=1e-9)


@both
@pytest.mark.parametrize("layer", ["encoder", "segmented_encoder"])
def test_an_item_s_map_does_not_depend_on_the_batch(layer, plus_plus):
    network, inputs = dual_encoder(direction="bi"), patients(3)
    together = grad_cam(network, inputs, layer, plus_plus=plus_plus)
    assert together.shape == (3, 2, 3)
    for item in range(3):
        alone = {name: value[item : item + 1] for name, value in inputs.items()}
        torch.testing.assert_close(
            grad_cam(network, alone, layer, plus_plus=plus_plus), together[item : item + 1], rtol=1e-4, atol=1e-6
        )


@both
def test_without_a_target_it_is_the_map_of_the_largest_logit(plus_plus):
    network, inputs = dual_encoder(), patients(3)
    largest = network(**inputs).argmax(dim=1)
    named = grad_cam(network, inputs, "encoder", largest, plus_plus=plus_plus)
    assert torch.equal(grad_cam(network, inputs, "encoder", plus_plus=plus_plus), named)


@settings(deadline=None, max_examples=20)
@given(st.floats(1e-3, 1e3), st.integers(0, 3))
def test_larger_logits_do_not_change_where_the_heat_lies(factor, target):
    network, targets = Pooled(), torch.full((3,), target)
    heat = stretch_heat(grad_cam(network, {"image": IMAGE}, "relu", targets))
    with torch.no_grad():
        network.head.weight *= factor
        network.head.bias *= factor
    scaled = stretch_heat(grad_cam(network, {"image": IMAGE}, "relu", targets))
    torch.testing.assert_close(scaled, heat, rtol=1e-4, atol=1e-4)


@both
def test_where_nothing_changes_the_logits_the_map_is_0(plus_plus):
    network = Pooled()
    nn.init.zeros_(network.head.weight)
    assert not grad_cam(network, {"image": IMAGE}, "conv", plus_plus=plus_plus).any()
    aside = nn.ModuleDict({"part": nn.Identity(), "head": nn.Linear(3, 2)})
    aside.forward = lambda image: [aside["part"](image), aside["head"](image.mean(dim=(2, 3)))][1]
    assert not grad_cam(aside, {"image": IMAGE}, "part", plus_plus=plus_plus).any()


@both
@pytest.mark.parametrize("frozen", [False, True])
def test_the_network_is_left_as_it_was(frozen, plus_plus):
    network = dual_encoder().train()
    network.encoder.eval()  # as fine-tuning keeps batch statistics
    network.requires_grad_(not frozen)
    network.head[1].weight.grad = torch.ones_like(network.head[1].weight)
    modes = [module.training for module in network.modules()]
    state = {name: value.clone() for name, value in network.state_dict().items()}
    with torch.no_grad():  # as in an evaluator
        heat = grad_cam(network, patients(), "encoder", plus_plus=plus_plus)
    torch.testing.assert_close(heat, grad_cam(network.eval(), patients(), "encoder", plus_plus=plus_plus))
    network.train()
    network.encoder.eval()
    grad_cam(network, patients(), "encoder", plus_plus=plus_plus)
    assert [module.training for module in network.modules()] == modes
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())
    assert all(value.requires_grad is not frozen for value in network.parameters())
    grads = [name for name, value in network.named_parameters() if value.grad is not None]
    assert grads == ["head.1.weight"]
    assert (network.head[1].weight.grad == 1).all()
    assert not network.encoder._forward_hooks


def test_of_a_layer_that_runs_twice_the_last_run_counts():
    network = Pooled()
    network.forward = lambda image: network.head(network.relu(network.relu(network.conv(image)) - 0.2).mean(dim=(2, 3)))
    seen = (network.features(IMAGE) - 0.2).relu()
    target = torch.tensor([1, 1, 1])
    closed = torch.einsum("k,bkhw->bhw", network.head.weight[1], seen).relu() / 35
    torch.testing.assert_close(grad_cam(network, {"image": IMAGE}, "relu", target), closed.detach())


def test_a_layer_that_does_not_exist_is_named_with_those_like_it():
    with pytest.raises(UsageError, match="layer 'encodr' does not exist; expected a name such as .*encoder"):
        grad_cam(dual_encoder(), patients(), "encodr")
    with pytest.raises(UsageError, match="'xyz' does not exist; expected a name such as conv, relu, head"):
        grad_cam(Pooled(), {"image": IMAGE}, "xyz")
    with pytest.raises(UsageError, match="ReLU is not part of the network; expected one of its modules"):
        grad_cam(Pooled(), {"image": IMAGE}, nn.ReLU())


def test_a_layer_without_a_map_is_refused():
    with pytest.raises(UsageError, match=r"layer 'head' gives \(3, 4\); expected a map of shape \(B, C, h, w\)"):
        grad_cam(Pooled(), {"image": IMAGE}, "head")
    network = Pooled()
    network.idle = nn.Identity()
    with pytest.raises(UsageError, match="layer 'idle' does not run; expected a layer the logits come from"):
        grad_cam(network, {"image": IMAGE}, "idle")
    network.forward = network.conv.forward
    with pytest.raises(UsageError, match="layer 'relu' does not run"):
        grad_cam(network, {"input": IMAGE}, "relu")


def test_a_network_without_logits_is_refused():
    network = Pooled()
    network.forward = lambda image: network.conv(image)
    with pytest.raises(UsageError, match=r"network gives \(3, 6, 5, 7\); expected logits \(3, K\)"):
        grad_cam(network, {"image": IMAGE}, "conv")


def test_a_class_that_is_not_there_is_named():
    for target in (4, -1):
        with pytest.raises(InvalidInputError, match=f"target names class {target}; expected 0 to 3"):
            grad_cam(Pooled(), {"image": IMAGE}, "relu", torch.tensor([0, target, 1]))
    with pytest.raises(InvalidInputError, match=r"target is torch.int64 of shape \(1,\); expected whole numbers of sh"):
        grad_cam(Pooled(), {"image": IMAGE}, "relu", torch.tensor([0]))
    with pytest.raises(InvalidInputError, match="target is torch.float32"):
        grad_cam(Pooled(), {"image": IMAGE}, "relu", torch.zeros(3))
