# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Inception-ResNet-v2 up to the branch the soft-attention paper cuts it at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
import torch.nn as nn

from monai_skin.networks.soft_attention.layers import batch_norm, he_normal

__all__ = ["InceptionResNetV2Trunk"]

# output channels and kernel of each convolution of a branch
Branch = Sequence[tuple[int, int | tuple[int, int]]]

_BRANCHES_35: Sequence[Branch] = ([(32, 1)], [(32, 1), (32, 3)], [(32, 1), (48, 3), (64, 3)])
_BRANCHES_17: Sequence[Branch] = ([(192, 1)], [(128, 1), (160, (1, 7)), (192, (7, 1))])
_BRANCHES_8: Sequence[Branch] = ([(192, 1)], [(192, 1), (224, (1, 3)), (256, (3, 1))])


class InceptionResNetV2Trunk(nn.Sequential):
    """Inception-ResNet-v2 up to a 1x1 convolution, with batch norm and without ReLU, of the ninth 8 x 8 block.

    Szegedy et al., "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning", 2017,
    https://arxiv.org/abs/1602.07261, in the widths and with the names of Keras, whose batch norms have no scale. The
    cut is that of Datta et al., 2021, https://arxiv.org/abs/2105.03358.

    Shapes:
        image: ``(B, in_channels, H, W)``, at least 75 pixels a side.
        returns: ``(B, 192, h, w)``; 8 x 8 for 299 x 299.

    Args:
        in_channels: channels of the image.
        branch: 0 for the block's branch that is this convolution alone, 1 for the first convolution of the other one.
            Both have the same shape, so this decides only which published weights belong here, by their name.

    Raises:
        ValueError: another branch.
    """

    channels = 192

    def __init__(self, *, in_channels: int = 3, branch: int = 0) -> None:
        if branch not in (0, 1):
            raise ValueError(f"branch must be 0 or 1, got {branch}")
        last = _conv(2080, self.channels, 1)
        parts: dict[str, nn.Module] = {
            "stem": _stem(in_channels),
            "mixed_5b": _mixed_5b(192),
            **{f"block35_{block}": _Residual(320, _BRANCHES_35, scale=0.17) for block in range(1, 11)},
            "mixed_6a": _reduction(320, [(384, 3)], [(256, 1), (256, 3), (384, 3)]),
            **{f"block17_{block}": _Residual(1088, _BRANCHES_17, scale=0.1) for block in range(1, 21)},
            "mixed_7a": _reduction(1088, [(256, 1), (384, 3)], [(256, 1), (288, 3)], [(256, 1), (288, 3), (320, 3)]),
            **{f"block8_{block}": _Residual(2080, _BRANCHES_8, scale=0.2) for block in range(1, 9)},
            f"block8_9_branch_{branch}": last[:2],
        }
        super().__init__(OrderedDict(parts))


class _Branches(nn.Module):
    """What several branches make of the same map, joined along the channels."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return torch.cat([branch(features) for branch in self.branches], dim=1)


class _Residual(nn.Module):
    """Branches, brought back to the width of the input by a 1x1 convolution and added in small measure; ReLU."""

    def __init__(self, channels: int, branches: Sequence[Branch], *, scale: float) -> None:
        super().__init__()
        self.branches = _Branches(*(_convs(channels, branch) for branch in branches))
        self.up = nn.Conv2d(sum(branch[-1][0] for branch in branches), channels, 1)
        self.scale = scale

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return torch.relu(features + self.scale * self.up(self.branches(features)))


def _stem(in_channels: int) -> nn.Sequential:
    return nn.Sequential(
        _conv(in_channels, 32, 3, stride=2, same=False),
        _conv(32, 32, 3, same=False),
        _conv(32, 64, 3),
        nn.MaxPool2d(3, 2),
        _conv(64, 80, 1),
        _conv(80, 192, 3, same=False),
        nn.MaxPool2d(3, 2),
    )


def _mixed_5b(channels: int) -> _Branches:
    average = nn.AvgPool2d(3, 1, padding=1, count_include_pad=False)
    return _Branches(
        _convs(channels, [(96, 1)]),
        _convs(channels, [(48, 1), (64, 5)]),
        _convs(channels, [(64, 1), (96, 3), (96, 3)]),
        nn.Sequential(average, _conv(channels, 64, 1)),
    )


def _reduction(channels: int, *branches: Branch) -> _Branches:
    """Branches whose last step is of two pixels, and a maximum beside them."""
    return _Branches(*(_convs(channels, branch, stride=2) for branch in branches), nn.MaxPool2d(3, 2))


def _convs(channels: int, branch: Branch, *, stride: int = 1) -> nn.Sequential:
    """A branch; its last convolution has the stride, and no padding where that is more than 1."""
    convs = nn.Sequential()
    for number, (out_channels, kernel) in enumerate(branch, start=1):
        reduces = stride > 1 and number == len(branch)
        convs.append(_conv(channels, out_channels, kernel, stride=stride if reduces else 1, same=not reduces))
        channels = out_channels
    return convs


def _conv(
    in_channels: int, out_channels: int, kernel: int | tuple[int, int], *, stride: int = 1, same: bool = True
) -> nn.Sequential:
    """Convolution without bias, batch norm without scale, ReLU."""
    conv = nn.Conv2d(in_channels, out_channels, kernel, stride, bias=False)
    if same:
        conv.padding = tuple(side // 2 for side in conv.kernel_size)
    norm = batch_norm(out_channels)
    norm.register_parameter("weight", None)
    return nn.Sequential(he_normal(conv), norm, nn.ReLU(inplace=True))
