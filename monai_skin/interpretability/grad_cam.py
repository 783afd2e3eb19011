# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Grad-CAM and Grad-CAM++: where in a map a class found its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.func import functional_call

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.interpretability.evaluating import evaluating

__all__ = ["grad_cam"]

_SHOWN = 5
_NOT_A_MAP = "a map of shape (B, C, h, w)"


def grad_cam(
    network: nn.Module,
    inputs: Mapping[str, torch.Tensor],
    layer: str | nn.Module,
    target: torch.Tensor | None = None,
    *,
    plus_plus: bool = False,
) -> torch.Tensor:
    r"""Weigh a layer's channels by what they do to the logit of a class, add them up, and keep what speaks for it.

    Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", ICCV 2017,
    https://arxiv.org/abs/1610.02391: with :math:`A` the layer's output and :math:`g = \partial y / \partial A` for a
    logit :math:`y`, channel :math:`k` weighs the mean of :math:`g^k`. With ``plus_plus``, Chattopadhay et al.,
    "Grad-CAM++", WACV 2018, https://arxiv.org/abs/1710.11063: it weighs :math:`\sum_{ij} \alpha^k_{ij}
    \mathrm{ReLU}(g^k_{ij})` with :math:`\alpha^k_{ij} = g^2 / (2 g^2 + g^3 \sum_{ab} A^k_{ab})`. The factor
    :math:`e^y` of the paper is the same all over a picture and is left out.

    The network runs once, in evaluation mode; its modes, weights and gradients are left as they were, and layers in
    front of ``layer`` keep nothing for a backward pass. Where the layer runs several times, its last run counts.

    Args:
        network: gives logits ``(B, K)``, not probabilities.
        inputs: its arguments by name, of B items.
        layer: whose output is looked at: a name as in ``network.named_modules()``, or the module; see
            :func:`default_layer`.
        target: ``(B,)`` class of each item; None takes the class with the largest logit.
        plus_plus: Grad-CAM++ instead of Grad-CAM.

    Returns:
        ``(B, h, w)`` float32 of the layer's size, not negative and of no fixed scale; all 0 where nothing speaks for
        the class.

    Raises:
        UsageError: the layer is unknown, does not run, or gives no ``(B, C, h, w)``; or the network gives no logits.
        InvalidInputError: ``target`` has another length or names a class that is not there.
    """
    module, name = _find(network, layer)
    held: list[torch.Tensor] = []

    def hold(_: nn.Module, __: Any, output: Any) -> torch.Tensor:
        if not isinstance(output, torch.Tensor) or output.ndim != 4:
            found = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
            raise UsageError.about("grad_cam", "layer", f"{name!r} gives {found}", expected=_NOT_A_MAP)
        features = output.detach().requires_grad_()
        held[:] = [features]
        return features.clone()  # the layer behind may work in place

    # with detached weights, nothing but the layer's output needs a gradient
    weights = {key: value.detach() for key, value in network.named_parameters()}
    given = {key: value.detach().as_subclass(torch.Tensor) for key, value in inputs.items()}
    with evaluating(network), torch.enable_grad(), module.register_forward_hook(hold):
        logits = functional_call(network, weights, kwargs=given)
    if not held:
        raise UsageError.about("grad_cam", "layer", f"{name!r} does not run", expected="a layer the logits come from")
    if not isinstance(logits, torch.Tensor) or logits.ndim != 2 or len(logits) != len(held[0]):
        found = tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
        raise UsageError.about("grad_cam", "network", f"gives {found}", expected=f"logits ({len(held[0])}, K)")
    return _weigh(held[0], _gradient(logits, held[0], _targets(logits, target)), plus_plus)


def _gradient(logits: torch.Tensor, features: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Of each item's logit by its own map; 0 where the logits do not come from the map."""
    if not logits.requires_grad:
        return torch.zeros_like(features)
    with torch.enable_grad():
        chosen = logits.gather(1, target[:, None]).sum()  # items do not mix, so the sum has each one's gradient
    return torch.autograd.grad(chosen, features, materialize_grads=True)[0]


def _weigh(features: torch.Tensor, gradient: torch.Tensor, plus_plus: bool) -> torch.Tensor:
    features, gradient = features.detach().float(), gradient.float()
    if plus_plus:
        # g^2 / (2 g^2 + g^3 S) with g^2 cancelled: powers of small gradients would underflow
        denominator = 2 + gradient * features.sum(dim=(2, 3), keepdim=True)
        alpha = torch.where(denominator != 0, 1 / denominator, 0.0)
        weights = (alpha * F.relu(gradient)).sum(dim=(2, 3), keepdim=True)
    else:
        weights = gradient.mean(dim=(2, 3), keepdim=True)
    return F.relu((weights * features).sum(dim=1))


def _targets(logits: torch.Tensor, target: torch.Tensor | None) -> torch.Tensor:
    count, classes = logits.shape
    if target is None:
        return logits.detach().argmax(dim=1)
    if target.shape != (count,) or target.is_floating_point():
        found = f"is {target.dtype} of shape {tuple(target.shape)}"
        raise InvalidInputError.about("grad_cam", "target", found, expected=f"whole numbers of shape ({count},)")
    if not bool(((target >= 0) & (target < classes)).all()):
        problem = f"names class {int(target[(target < 0) | (target >= classes)][0])}"
        raise InvalidInputError.about("grad_cam", "target", problem, expected=f"0 to {classes - 1}")
    return target.to(logits.device, torch.int64)


def _find(network: nn.Module, layer: str | nn.Module) -> tuple[nn.Module, str]:
    names = {name: module for name, module in network.named_modules(remove_duplicate=False) if name}
    if isinstance(layer, str):
        if layer in names:
            return names[layer], layer
        near = get_close_matches(layer, names, n=_SHOWN) or [name for name, _ in network.named_children()][:_SHOWN]
        problem = f"{layer!r} does not exist"
        raise UsageError.about("grad_cam", "layer", problem, expected=f"a name such as {', '.join(near)}")
    for name, module in names.items():
        if module is layer:
            return module, name
    problem = f"{type(layer).__name__} is not part of the network"
    raise UsageError.about("grad_cam", "layer", problem, expected="one of its modules")
