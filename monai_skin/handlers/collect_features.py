# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Keep the features of every picture of a run."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn as nn
from ignite.engine import Engine, Events

from monai_skin.errors import InvalidInputError
from monai_skin.handlers.flag_unfamiliar import part_of
from monai_skin.handlers.recorded_calls import RecordedCalls
from monai_skin.handlers.run_output import items_of
from monai_skin.metrics import pool_features

__all__ = ["CollectFeatures", "features_layer"]

# the last part that has seen the picture and no metadata, in the networks of this project
_LAYERS = ("image_looks", "segmented_looks", "image_tokens", "image_norm", "pool")


class CollectFeatures:
    """Keep what a part of the network gave of every picture, in memory; nothing is written.

    Args:
        network: the classifier, with its weights loaded by a handler before this one.
        weights: the file they come from.
        layer: name of the part, as in ``network.named_modules()``; see :func:`monai_skin.metrics.pool_features`. None
            takes :func:`features_layer`.

    Raises:
        InvalidInputError: the network has no such part.
    """

    def __init__(self, *, network: nn.Module, weights: str, layer: str | None = None) -> None:
        self.weights = weights
        self.layer = features_layer(network) if layer is None else layer
        self.calls = RecordedCalls(part_of(network, self.layer))
        self.folder = Path()
        self.rows: list[dict[str, str]] = []
        self.rejected: list[dict[str, str]] = []
        self._kept: list[torch.Tensor] = []

    @property
    def features(self) -> torch.Tensor:
        """``(N, F)`` float32, a row for each of ``rows``."""
        return torch.stack(self._kept) if self._kept else torch.empty(0, 0)

    def attach(self, engine: Engine) -> None:
        self.calls.attach(engine)
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._take_batch)

    def _start(self) -> None:
        self.rows, self.rejected, self._kept = [], [], []

    def _take_batch(self, engine: Engine) -> None:
        features = torch.stack([pool_features(view) for view in self.calls.take()]).mean(dim=0)
        for item, vector in zip(items_of(engine), features, strict=True):
            reason = str(item.get("error", ""))
            if reason:
                self.rejected.append({"image_id": str(item["image_id"]), "reason": reason})
            else:
                self.rows.append({"image_id": str(item["image_id"])})
                self._kept.append(vector)


def features_layer(network: nn.Module) -> str:
    """Name the part whose output is a classifier's last word on the picture alone, before age, sex and site.

    Whether a picture is unlike those of training must not depend on whether anything is known of the person.

    Raises:
        InvalidInputError: the network is none of this project's.
    """
    for name in _LAYERS:
        part = getattr(network, name, None)
        if isinstance(part, nn.ModuleList):  # blocks one after another
            if len(part):
                return f"{name}.{len(part) - 1}"
        elif isinstance(part, nn.Module):
            return name
    expected = f"a network with one of {', '.join(_LAYERS)}, or the name of a layer"
    raise InvalidInputError.about(type(network).__name__, "network", "has no layer that is known", expected=expected)
