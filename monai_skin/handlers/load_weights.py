# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights in the network before anything is computed with it."""

from __future__ import annotations

from pathlib import Path

import torch
from ignite.engine import Engine, Events

from monai_skin.io import apply_weights, load_weights

__all__ = ["LoadWeights"]


class LoadWeights:
    """Load a weight file when the engine starts; a file that is missing, changed or does not fit is an error.

    Args:
        path: safetensors, or a PyTorch file of tensors only.
        network: where they go; every key and shape must match.
        sha256: digest the file must have; None takes the one stated beside the file, as ``model.pt.sha256`` beside
            ``model.pt``, or accepts any where there is none.
    """

    def __init__(self, path: str, *, network: torch.nn.Module, sha256: str | None = None) -> None:
        self.path, self.network, self.sha256 = path, network, sha256

    def attach(self, engine: Engine) -> None:
        """Load when the run starts."""
        engine.add_event_handler(Events.STARTED, self)

    def __call__(self, _: Engine) -> None:
        weights = load_weights(self.path, sha256=self.sha256)
        apply_weights(self.network, weights, source=Path(self.path).name)
