# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Swin and ConvNeXt-V2 of the library `transformers` as encoders of one map."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn as nn

from monai_skin.errors import UsageError

__all__ = ["ConvNextV2Encoder", "SwinEncoder", "from_transformers"]

_PATCH = 4  # pixels a side


class SwinEncoder(nn.Module):
    """Swin Transformer up to its last normalised tokens, as a map; Swin-T by default, at stride 32.

    Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", ICCV 2021,
    https://arxiv.org/abs/2103.14030. Needs ``monai-skin[transformers]``; nothing is fetched.

    The library decides at every image anew which windows are shifted, and keeps a decision for ever after. Here it is
    taken once, from ``image_size``, so that the result for an image does not depend on those before it; an image of
    another size is computed with the same windows, and maps are padded to whole ones.

    Shapes:
        image: ``(B, in_channels, H, W)``, ImageNet-normalised.
        returns: ``(B, channels, h, w)``; h and w are H / 32 and W / 32 with four stages, 768 channels for Swin-T.

    Args:
        in_channels: channels of the image.
        image_size: side, or rows and columns, that the windows are laid out for: where the map of a stage is no larger
            than a window, windows are not shifted.
        embed_dim: channels of the first stage; each further one doubles them.
        depths: blocks of each stage.
        num_heads: attention heads of each stage.
        window_size: side of a window in tokens.
        drop_path: probability in training that the last block is skipped; earlier ones less, evenly.
    """

    def __init__(
        self,
        *,
        in_channels: int = 3,
        image_size: int | Sequence[int] = 224,
        embed_dim: int = 96,
        depths: Sequence[int] = (2, 2, 6, 2),
        num_heads: Sequence[int] = (3, 6, 12, 24),
        window_size: int = 7,
        drop_path: float = 0.1,
    ) -> None:
        super().__init__()
        smaller = image_size if isinstance(image_size, int) else min(image_size)
        config = from_transformers("SwinConfig")(
            image_size=smaller,
            patch_size=_PATCH,
            num_channels=in_channels,
            embed_dim=embed_dim,
            depths=list(depths),
            num_heads=list(num_heads),
            window_size=window_size,
            drop_path_rate=drop_path,
        )
        self.swin = from_transformers("SwinModel")(config, add_pooling_layer=False)
        self.channels = embed_dim * 2 ** (len(depths) - 1)
        side = -(-smaller // _PATCH)
        for stage in self.swin.encoder.layers:
            for block in stage.blocks:
                block.shift_size = 0 if side <= window_size else block.shift_size
            side = (side + 1) // 2
        self._halvings = len(depths) - 1

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        tokens, grid = self.swin.embeddings(image)
        tokens = self.swin.encoder(tokens, grid, always_partition=True).last_hidden_state
        rows, columns = grid
        for _ in range(self._halvings):
            rows, columns = (rows + 1) // 2, (columns + 1) // 2
        return self.swin.layernorm(tokens).transpose(1, 2).unflatten(2, (rows, columns))


class ConvNextV2Encoder(nn.Module):
    """ConvNeXt V2 up to the map in front of its pooling; the Tiny size by default, at stride 32.

    Woo et al., "ConvNeXt V2: Co-designing and Scaling ConvNets with Masked Autoencoders", CVPR 2023,
    https://arxiv.org/abs/2301.00808. Needs ``monai-skin[transformers]``; nothing is fetched. The normalisation behind
    the pooling is left to what follows.

    Shapes:
        image: ``(B, in_channels, H, W)``, ImageNet-normalised.
        returns: ``(B, channels, h, w)``; h and w are H / 32 and W / 32 with four stages, 768 channels for Tiny.

    Args:
        in_channels: channels of the image.
        widths: channels of each stage.
        depths: blocks of each stage.
        drop_path: probability in training that the last block is skipped; earlier ones less, evenly.
    """

    def __init__(
        self,
        *,
        in_channels: int = 3,
        widths: Sequence[int] = (96, 192, 384, 768),
        depths: Sequence[int] = (3, 3, 9, 3),
        drop_path: float = 0.1,
    ) -> None:
        super().__init__()
        config = from_transformers("ConvNextV2Config")(
            num_channels=in_channels,
            patch_size=_PATCH,
            num_stages=len(depths),
            hidden_sizes=list(widths),
            depths=list(depths),
            drop_path_rate=drop_path,
        )
        self.convnextv2 = from_transformers("ConvNextV2Model")(config)
        self.convnextv2.layernorm = nn.Identity()
        self.channels = widths[-1]

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        embedded = self.convnextv2.embeddings(image)
        return self.convnextv2.encoder(embedded).last_hidden_state


def from_transformers(name: str) -> Any:
    """A class of `transformers`, which is imported by whoever builds such a network and nobody else.

    Raises:
        UsageError: it is not installed, or cannot be imported.
    """
    try:
        return getattr(importlib.import_module("transformers"), name)
    except (ImportError, AttributeError) as error:
        problem = f"needs {name} of transformers, which cannot be imported"
        raise UsageError.about("network", "encoder", problem, expected="monai-skin[transformers] installed") from error
