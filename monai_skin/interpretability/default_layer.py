# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which layer of this project's classifiers has the last map."""

from __future__ import annotations

import torch.nn as nn

from monai_skin.errors import UsageError
from monai_skin.networks import (
    ClinicalUltrasoundNet,
    DualEncoderNet,
    ImageMetadataNet,
    SingleModalityNet,
    SoftAttentionNet,
)

__all__ = ["default_layer", "picture_streams"]


def default_layer(network: nn.Module, stream: str = "image") -> str:
    """Name the layer with the last map in front of pooling or tokens, for :func:`grad_cam`.

    Args:
        network: a :class:`DualEncoderNet`, :class:`ImageMetadataNet`, :class:`SoftAttentionNet`,
            :class:`ClinicalUltrasoundNet` or :class:`SingleModalityNet`.
        stream: "image" is the only one but for the dual encoder, which has "segmented" as well, and the networks of
            pairs, which have "ultrasound".

    Returns:
        A name as in ``network.named_modules()``.

    Raises:
        UsageError: another kind of network, one without a picture, or a stream it has not.
    """
    layers = _layers(network)
    if stream not in layers:
        known = " or ".join(repr(name) for name in layers) or "a network that looks at a picture"
        raise UsageError.about(type(network).__name__, "stream", f"is {stream!r}", expected=known)
    return layers[stream]


def picture_streams(network: nn.Module) -> tuple[str, ...]:
    """The pictures a classifier of this project looks at, by the names of its arguments; none for metadata alone.

    Raises:
        UsageError: another kind of network.
    """
    return tuple(_layers(network))


def _layers(network: nn.Module) -> dict[str, str]:
    if isinstance(network, DualEncoderNet):
        if network.streams == "both":
            return {"image": "encoder", "segmented": "segmented_encoder"}
        return {network.streams: "encoder"}
    if isinstance(network, ImageMetadataNet):
        return {} if network.encoder is None else {"image": "encoder"}
    if isinstance(network, SoftAttentionNet):
        # where nothing is learned behind the attention block, its halved map is a coarse copy of the trunk's
        return {"image": "trunk" if isinstance(network.tail, nn.Identity) else "tail"}
    if isinstance(network, ClinicalUltrasoundNet | SingleModalityNet):
        encoders = {"image": "clinical_encoder", "ultrasound": "ultrasound_encoder"}
        there = {stream: name for stream, name in encoders.items() if getattr(network, name) is not None}
        return {stream: f"{name}.layer4" for stream, name in there.items()}
    known = (
        "DualEncoderNet, ImageMetadataNet, SoftAttentionNet, ClinicalUltrasoundNet or SingleModalityNet, "
        "or the name of a layer"
    )
    raise UsageError.about(type(network).__name__, "network", "has no layer that is known", expected=known)
