# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A training that starts from something better than random numbers."""

from __future__ import annotations

from pathlib import Path

import torch
from ignite.engine import Engine, Events

from monai_skin.errors import UsageError
from monai_skin.handlers.weight_cache import fetch_weights
from monai_skin.io import apply_weights, load_weights
from monai_skin.networks import IMAGENET_WEIGHTS, match_imagenet_weights

__all__ = ["InitialWeights"]


class InitialWeights:
    """Load weights into a network before training; a checkpoint that is resumed afterwards replaces them.

    Args:
        network: the network; for ``encoder`` it needs an ``encoder`` of
            :class:`monai_skin.networks.EfficientNetEncoder2d`.
        whole: file with weights for all of it, to go on training a finished model; None for none.
        encoder: None for none; ``imagenet`` to fetch the published file once into the cache (``MONAI_SKIN_CACHE``, by
            default ``~/.cache/monai_skin``); or the path of such a file.
        encoder_name: which published file ``imagenet`` is.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        *,
        whole: str | None = None,
        encoder: str | None = None,
        encoder_name: str = "efficientnet-b3",
    ) -> None:
        if whole is not None and encoder is not None:
            raise UsageError("weights are given for the whole network and for its encoder; expected one of the two")
        if encoder == "imagenet" and encoder_name not in IMAGENET_WEIGHTS:
            raise UsageError(f"encoder_name is {encoder_name!r}; expected one of {', '.join(IMAGENET_WEIGHTS)}")
        self.network, self.whole, self.encoder, self.encoder_name = network, whole, encoder, encoder_name

    def attach(self, engine: Engine) -> None:
        """Load when the run starts; attach it in front of what restores a checkpoint."""
        engine.add_event_handler(Events.STARTED, self)

    def __call__(self, _: Engine) -> None:
        if self.whole is not None:
            apply_weights(self.network, load_weights(self.whole), source=Path(self.whole).name)
        if self.encoder is not None:
            path = self._fetched() if self.encoder == "imagenet" else Path(self.encoder)
            part: torch.nn.Module = self.network.encoder  # type: ignore[assignment]
            apply_weights(part, match_imagenet_weights(part, load_weights(path)), source=path.name)

    def _fetched(self) -> Path:
        published = IMAGENET_WEIGHTS[self.encoder_name]
        return fetch_weights(published.address, digest=published.digest)
