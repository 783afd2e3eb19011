# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The Vision Transformer of the library `transformers` as an encoder of one map."""

from __future__ import annotations

import torch
import torch.nn as nn

from monai_skin.networks.transformers_encoders import from_transformers

__all__ = ["ViTEncoder"]


class ViTEncoder(nn.Module):
    """Vision Transformer up to its last normalised patch tokens, as a map; ViT-B/16 by default, at stride 16.

    Dosovitskiy et al., "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale", ICLR 2021,
    https://arxiv.org/abs/2010.11929. Needs ``monai-skin[transformers]``; nothing is fetched. The token of the class is
    left out, and there is no pooling layer. The weights Google published were trained on images of which half was
    subtracted and that were then doubled, so of values in [-1, 1].

    Shapes:
        image: ``(B, in_channels, H, W)``, normalised.
        returns: ``(B, channels, H / patch_size, W / patch_size)``, 768 x 14 x 14 for ViT-B/16 at 224 pixels.

    Args:
        in_channels: channels of the image.
        image_size: side in pixels that the learned positions are laid out for; for another, they are interpolated.
        patch_size: side of a patch in pixels; it divides the sides of the image.
        width: channels.
        depth: blocks.
        heads: attention heads; they divide ``width``.
        hidden: width of the feed-forward layer of a block.
        dropout: probability in training, within the blocks.
    """

    def __init__(
        self,
        *,
        in_channels: int = 3,
        image_size: int = 224,
        patch_size: int = 16,
        width: int = 768,
        depth: int = 12,
        heads: int = 12,
        hidden: int = 3072,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        config = from_transformers("ViTConfig")(
            image_size=image_size,
            patch_size=patch_size,
            num_channels=in_channels,
            hidden_size=width,
            num_hidden_layers=depth,
            num_attention_heads=heads,
            intermediate_size=hidden,
            hidden_dropout_prob=dropout,
        )
        self.vit = from_transformers("ViTModel")(config, add_pooling_layer=False)
        self.image_size, self.patch_size, self.channels = image_size, patch_size, width

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        rows, columns = image.shape[2:]
        if rows % self.patch_size or columns % self.patch_size:
            raise ValueError(f"image has {rows} x {columns} pixels; expected multiples of {self.patch_size}")
        other_size = (rows, columns) != (self.image_size, self.image_size)
        tokens = self.vit(image, interpolate_pos_encoding=other_size).last_hidden_state[:, 1:]
        return tokens.transpose(1, 2).unflatten(2, (rows // self.patch_size, columns // self.patch_size))
