# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""An encoder that starts from ImageNet instead of from nothing."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from ignite.engine import Engine, Events

from monai_skin.errors import UsageError
from monai_skin.io import apply_weights, load_weights
from monai_skin.networks import IMAGENET_WEIGHTS, match_imagenet_weights

__all__ = ["LoadEncoderWeights"]


class LoadEncoderWeights:
    """Load ImageNet weights into a network's ``encoder`` before training; a checkpoint restored later replaces them.

    Args:
        network: with an ``encoder`` of :class:`monai_skin.networks.EfficientNetEncoder2d`.
        weights: None to start from random numbers; ``imagenet`` to fetch the published file once into the cache
            (``MONAI_SKIN_CACHE``, by default ``~/.cache/monai_skin``); or the path of such a file.
        encoder_name: which published file ``imagenet`` is.
    """

    def __init__(
        self, network: torch.nn.Module, *, weights: str | None = None, encoder_name: str = "efficientnet-b3"
    ) -> None:
        if weights == "imagenet" and encoder_name not in IMAGENET_WEIGHTS:
            raise UsageError(f"encoder_name is {encoder_name!r}; expected one of {', '.join(IMAGENET_WEIGHTS)}")
        self.network, self.weights, self.encoder_name = network, weights, encoder_name

    def attach(self, engine: Engine) -> None:
        """Load when the run starts; attach it in front of what restores a checkpoint."""
        engine.add_event_handler(Events.STARTED, self)

    def __call__(self, _: Engine) -> None:
        if self.weights is None:
            return
        path = self._fetched() if self.weights == "imagenet" else Path(self.weights)
        encoder: torch.nn.Module = self.network.encoder  # type: ignore[assignment]
        apply_weights(encoder, match_imagenet_weights(encoder, load_weights(path)), source=path.name)

    def _fetched(self) -> Path:
        published = IMAGENET_WEIGHTS[self.encoder_name]
        cache = Path(os.environ.get("MONAI_SKIN_CACHE", "~/.cache/monai_skin")).expanduser()
        path = cache / published.address.rsplit("/", 1)[-1]
        if not path.exists():
            from monai_skin.data import download_file

            download_file(published.address, path, sha256=published.digest)
        return path
