# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Every way to draw a map of what a classifier saw, by one name each, and which networks have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn as nn

from monai_skin.errors import UsageError
from monai_skin.interpretability.cross_attention_maps import (
    cross_attention_map,
    cross_attention_streams,
    rollout_map,
)
from monai_skin.interpretability.default_layer import default_layer, picture_streams
from monai_skin.interpretability.evaluating import evaluating
from monai_skin.interpretability.grad_cam import grad_cam
from monai_skin.interpretability.network_as_function import function_of_pictures
from monai_skin.interpretability.occlusion import occlusion_sensitivity
from monai_skin.interpretability.pair_attention_maps import (
    global_attention_map,
    global_attention_streams,
    local_attention_map,
    local_attention_streams,
)
from monai_skin.networks import DualEncoderNet, SoftAttentionNet
from monai_skin.networks.blocks import SoftAttentionBlock

__all__ = ["ALL_PICTURES", "MAP_METHODS", "MapMethod", "draw_map", "map_methods_of", "stream_of"]

ALL_PICTURES = "both"
"""The stream of a method that changes the picture and the outlined lesion alike."""

_PATCHES = 4  # along the shorter side: 32 of 128 pixels, with half of that from one place to the next

Inputs = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class MapMethod:
    """A way to draw a map.

    Attributes:
        title: what people call it.
        needs: what a network must have, in words.
        streams: the pictures of a network it can show, the usual one first; none where the network lacks what it needs.
        draw: network, its arguments by name for B items, ``(B,)`` classes and a stream to ``(B, h, w)`` float32 on the
            CPU or the network's device, not negative and of no fixed scale.
        of_class: whether the map depends on the class.
    """

    title: str
    needs: str
    streams: Callable[[nn.Module], tuple[str, ...]]
    draw: Callable[[nn.Module, Inputs, torch.Tensor, str], torch.Tensor]
    of_class: bool = True


def map_methods_of(network: nn.Module) -> tuple[str, ...]:
    """Names of the methods a network has, in the order of :data:`MAP_METHODS`.

    Raises:
        UsageError: it is no classifier of this project.
    """
    return tuple(name for name, method in MAP_METHODS.items() if method.streams(network))


def stream_of(network: nn.Module, method: str, stream: str | None = None) -> str:
    """Which picture a method shows: ``stream`` if the network has it, or the usual one for None.

    Raises:
        UsageError: there is no such method, the network lacks what it needs, or the network lacks that stream; the
            error names what there is.
    """
    if method not in MAP_METHODS:
        raise UsageError(f"method is {method!r}; expected one of {', '.join(MAP_METHODS)}")
    streams = MAP_METHODS[method].streams(network)
    if not streams:
        problem = f"is {method!r}, which needs {MAP_METHODS[method].needs}"
        has = ", ".join(map_methods_of(network)) or "a network that looks at a picture"
        raise UsageError.about(type(network).__name__, "method", problem, expected=has)
    if stream is None:
        return streams[0]
    if stream not in streams:
        problem = f"is {stream!r} for {method!r}"
        raise UsageError.about(
            type(network).__name__, "stream", problem, expected=" or ".join(repr(name) for name in streams)
        )
    return stream


def draw_map(
    network: nn.Module,
    inputs: Inputs,
    target: torch.Tensor,
    method: str = "grad_cam_plus_plus",
    stream: str | None = None,
) -> torch.Tensor:
    """Draw a map of each item by the method of a name.

    Args:
        network: a classifier of this project; it runs in evaluation mode and is left as it was.
        inputs: its arguments by name, of B items.
        target: ``(B,)`` class of each item; attention has no classes and takes no notice of it.
        method: a key of :data:`MAP_METHODS`.
        stream: which picture; None is the method's usual one.

    Returns:
        ``(B, h, w)`` float32, not negative, of no fixed scale and of the method's own size, see :func:`enlarge_heat`.

    Raises:
        UsageError: as :func:`stream_of`.
    """
    return MAP_METHODS[method].draw(network, inputs, target, stream_of(network, method, stream))


def _draw_grad_cam(
    network: nn.Module, inputs: Inputs, target: torch.Tensor, stream: str, *, plus_plus: bool
) -> torch.Tensor:
    return grad_cam(network, inputs, default_layer(network, stream), target, plus_plus=plus_plus)


def _occluded_streams(network: nn.Module) -> tuple[str, ...]:
    """What is covered in a picture can still be seen in the outlined lesion, so usually both are covered."""
    streams = picture_streams(network)
    return (ALL_PICTURES, *streams) if {"image", "segmented"} <= set(streams) else streams


def _draw_occlusion(network: nn.Module, inputs: Inputs, target: torch.Tensor, stream: str) -> torch.Tensor:
    """What speaks for the class, as in Grad-CAM: where covering helps it, the map is 0."""
    keys = picture_streams(network) if stream == ALL_PICTURES else (stream,)
    inputs = {"segmented": inputs["image"], **inputs} if "segmented" in keys else inputs
    maps = []
    for number, index in enumerate(target.tolist()):
        item = {key: value[number : number + 1] for key, value in inputs.items()}
        pictures = torch.cat([item[key] for key in keys], dim=1)[0]
        patch = max(1, min(pictures.shape[1:]) // _PATCHES)
        function = function_of_pictures(network, item, index, keys)
        maps.append(occlusion_sensitivity(function, pictures, patch=patch, stride=max(1, patch // 2)))
    return torch.stack(maps).clamp_min(0)


def _soft_attention_streams(network: nn.Module) -> tuple[str, ...]:
    has = isinstance(network, SoftAttentionNet) and isinstance(network.block, SoftAttentionBlock)
    return ("image",) if has else ()


def _draw_soft_attention(network: nn.Module, inputs: Inputs, _: torch.Tensor, __: str) -> torch.Tensor:
    """The sum of the heads, which the network multiplies its features by."""
    with evaluating(network), torch.no_grad():
        maps: torch.Tensor = network.attention_maps(inputs["image"])  # type: ignore[operator]
    return maps.sum(dim=1)


def _rollout_streams(network: nn.Module) -> tuple[str, ...]:
    return cross_attention_streams(network) if isinstance(network, DualEncoderNet) else ()


_PICTURES = "an encoder of pictures"

MAP_METHODS: Mapping[str, MapMethod] = {
    "grad_cam_plus_plus": MapMethod("Grad-CAM++", _PICTURES, picture_streams, partial(_draw_grad_cam, plus_plus=True)),
    "grad_cam": MapMethod("Grad-CAM", _PICTURES, picture_streams, partial(_draw_grad_cam, plus_plus=False)),
    "occlusion": MapMethod("occlusion", _PICTURES, _occluded_streams, _draw_occlusion),
    "cross_attention": MapMethod(
        "cross-attention",
        "tokens that look at those of a picture",
        cross_attention_streams,
        lambda network, inputs, _, stream: cross_attention_map(network, inputs, stream),
        of_class=False,
    ),
    "soft_attention": MapMethod(
        "soft attention", "a soft-attention block", _soft_attention_streams, _draw_soft_attention, of_class=False
    ),
    "rollout": MapMethod(
        "attention rollout",
        "cross-attention between two pictures",
        _rollout_streams,
        lambda network, inputs, _, stream: rollout_map(network, inputs, stream),
        of_class=False,
    ),
    "local_attention": MapMethod(
        "local attention between the pictures",
        "places of a photograph and of an ultrasound picture that look at each other",
        local_attention_streams,
        lambda network, inputs, _, stream: local_attention_map(network, inputs, stream),
        of_class=False,
    ),
    "global_attention": MapMethod(
        "global attention of the summary",
        "a summary that looks at a photograph and an ultrasound picture",
        global_attention_streams,
        lambda network, inputs, _, stream: global_attention_map(network, inputs, stream),
        of_class=False,
    ),
}
"""Ways to draw a map, by name; the first is the usual one."""
