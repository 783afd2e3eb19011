# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The classifiers of the soft-attention paper: five CNNs, with and without the attention block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, get_args

import torch
import torch.nn as nn
from torch.func import functional_call

from monai_skin.networks.blocks.soft_attention import SoftAttentionBlock
from monai_skin.networks.soft_attention.densenet201 import DenseNet201Trunk
from monai_skin.networks.soft_attention.inception_resnet_v2 import InceptionResNetV2Trunk
from monai_skin.networks.soft_attention.resnet34 import ResNet34Tail, ResNet34Trunk
from monai_skin.networks.soft_attention.resnet50 import ResNet50Trunk
from monai_skin.networks.soft_attention.vgg16 import VGG16Tail, VGG16Trunk

__all__ = ["SoftAttentionNet"]

Mode = Literal["paper", "repo"]
Pool = Literal["flatten", "average"]


class _Backbone(NamedTuple):
    """What a name stands for: layers in front of the block, layers behind it, and the usual head."""

    trunk: Callable[..., nn.Module]
    channels: int
    pool: Pool
    image_size: tuple[int, int] | None = (224, 224)
    tail: Callable[[int], nn.Module] | None = None
    tail_channels: int = 0
    hidden: tuple[int, ...] = ()


_BACKBONES = {
    "vgg16": _Backbone(VGG16Trunk, 512, "flatten", tail=VGG16Tail, tail_channels=512, hidden=(4096, 4096)),
    "resnet34": _Backbone(ResNet34Trunk, 128, "average", tail=ResNet34Tail, tail_channels=512),
    "resnet50": _Backbone(ResNet50Trunk, 2048, "average"),
    "inception_resnet_v2": _Backbone(InceptionResNetV2Trunk, 192, "flatten", (299, 299)),
    "densenet201": _Backbone(DenseNet201Trunk, 128, "flatten"),
}


class SoftAttentionNet(nn.Module):
    """A trunk, the soft-attention block, what the backbone has behind it, and a linear head.

    Datta et al., "Soft-Attention Improves Skin Cancer Classification Performance", 2021,
    https://arxiv.org/abs/2105.03358. Without attention the block leaves its ReLU and dropout, and, where the backbone
    goes on behind it, its pooling: for Inception-ResNet-v2 that is the published baseline, for the others ours.

    Shapes:
        image: ``(B, in_channels, H, W)``; published in [-1, 1], at 299 x 299 for Inception-ResNet-v2, else 224 x 224.
        returns: ``(B, num_classes)`` logits.

    Args:
        backbone: "vgg16", "resnet34", "resnet50", "inception_resnet_v2" or "densenet201"; None with a ``trunk``.
        trunk: any encoder from ``(B, in_channels, H, W)`` to ``(B, trunk_channels, h, w)``; nothing stands behind its
            block but the head.
        trunk_channels: of its map.
        num_classes: diagnoses.
        in_channels: channels of the image.
        attention: False gives the baseline.
        heads: see :class:`SoftAttention`.
        mode: see :class:`SoftAttention`.
        use_gamma: see :class:`SoftAttention`.
        dropout: of the block.
        pool: "flatten" gives the head every cell of the last map, "average" their mean, for images of any size. None
            is what was published for the backbone, and "average" for a ``trunk``.
        image_size: rows and columns of the images, for "flatten"; None is the published size of the backbone.

    Raises:
        ValueError: not one of ``backbone`` and ``trunk``, an unknown name, or "flatten" without a size; and from
            ``forward`` with "flatten", an image of another size.
    """

    def __init__(
        self,
        *,
        backbone: str | None = None,
        trunk: nn.Module | None = None,
        trunk_channels: int | None = None,
        num_classes: int = 7,
        in_channels: int = 3,
        attention: bool = True,
        heads: int = 16,
        mode: Mode = "paper",
        use_gamma: bool = False,
        dropout: float = 0.5,
        pool: Pool | None = None,
        image_size: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        layout = _layout(backbone, trunk, trunk_channels)
        pool = layout.pool if pool is None else pool
        if pool not in get_args(Pool):
            raise ValueError(f"pool must be one of {', '.join(get_args(Pool))}, got {pool!r}")
        self.trunk = layout.trunk(in_channels=in_channels)
        channels = 2 * layout.channels if attention else layout.channels
        self.block: nn.Module = (
            SoftAttentionBlock(layout.channels, heads, mode, use_gamma, dropout)
            if attention
            else nn.Sequential(
                nn.Identity() if layout.tail is None else nn.MaxPool2d(2, ceil_mode=True),
                nn.ReLU(),
                nn.Dropout(dropout),
            )
        )
        self.tail = nn.Identity() if layout.tail is None else layout.tail(channels)
        self.pool = nn.Flatten() if pool == "flatten" else nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.num_features = layout.tail_channels or channels
        if pool == "flatten":
            size = layout.image_size if image_size is None else image_size
            if size is None:
                raise ValueError("image_size must be given for a trunk whose map is flattened")
            self.num_features = _count_features([self.trunk, self.block, self.tail, self.pool], in_channels, size)
        self.head = _head(self.num_features, layout.hidden, num_classes)
        # the order convolutions are fast in, on CPU and CUDA
        for part in (self.trunk, self.tail):
            part.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        features = self.pool(self.tail(self.block(self.trunk(image))))
        if features.shape[1] != self.num_features:
            raise ValueError(
                f"image of {image.shape[2]} x {image.shape[3]} gives {features.shape[1]} features;"
                f" expected {self.num_features}, as for the size the network was built for"
            )
        return self.head(features)

    @torch.jit.unused
    def attention_maps(self, image: torch.Tensor) -> torch.Tensor:
        """Where the network looks: ``(B, heads, h, w)`` float32, each adding up to 1.

        Raises:
            ValueError: the network was built without attention.
        """
        if not isinstance(self.block, SoftAttentionBlock):
            raise ValueError("attention_maps needs a network built with attention, got one without")
        return self.block.maps(self.trunk(image))


def _layout(backbone: str | None, trunk: nn.Module | None, trunk_channels: int | None) -> _Backbone:
    if (backbone is None) == (trunk is None):
        raise ValueError("exactly one of backbone and trunk must be given")
    if (trunk is None) != (trunk_channels is None):
        raise ValueError(f"trunk_channels must be given with a trunk and not without, got {trunk_channels}")
    if trunk is not None and trunk_channels is not None:
        return _Backbone(lambda in_channels: trunk, trunk_channels, "average", image_size=None)
    if backbone not in _BACKBONES:
        raise ValueError(f"backbone must be one of {', '.join(_BACKBONES)}, got {backbone!r}")
    return _BACKBONES[backbone]


def _head(features: int, hidden: Sequence[int], num_classes: int) -> nn.Sequential:
    head = nn.Sequential()
    for width in hidden:
        head.extend([nn.Linear(features, width), nn.ReLU(inplace=True)])
        features = width
    return head.append(nn.Linear(features, num_classes))


def _count_features(parts: Sequence[nn.Module], in_channels: int, size: Sequence[int]) -> int:
    """Length of the flattened map, from a run on shapes alone: on the meta device nothing is computed."""
    stages = nn.Sequential(*parts)
    tensors = {**dict(stages.named_parameters()), **dict(stages.named_buffers())}
    shapes = {name: torch.empty_like(tensor, device="meta") for name, tensor in tensors.items()}
    images = torch.empty(2, in_channels, *size, device="meta")
    with torch.no_grad():
        features: torch.Tensor = functional_call(stages, shapes, (images,))
    return features.shape[1]
