# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Say of every picture how unlike the training pictures it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch.nn as nn
from ignite.engine import Engine, Events

from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.handlers.recorded_calls import RecordedCalls
from monai_skin.io import sha256_of
from monai_skin.metrics import Familiarity, free_energy, pool_features, read_familiarity

__all__ = ["FlagUnfamiliar"]


class FlagUnfamiliar:
    """Give every item ``energy``, ``feature_distance`` and whether it is ``unfamiliar``; nothing without a file.

    The distance is :func:`monai_skin.metrics.mahalanobis_distance` of the features of the part that the file names, and
    beyond the file's threshold a picture is unfamiliar. The energy is :func:`monai_skin.metrics.free_energy` of the
    logits; it has no threshold. Where an inferer shows a picture in several views, both are means over the views. List
    it before :class:`WriteDiagnoses`, which then writes the columns.

    Args:
        path: a file of ``python -m monai_skin familiarity fit``; None or empty for none.
        network: the classifier, which gives logits ``(B, K)``.
        weights: the file its weights come from.

    Raises:
        InvalidInputError: the file cannot be used, or the network has no such part.
        IntegrityError: when the run starts, if the file was fitted for other weights.
    """

    def __init__(self, *, path: str | None, network: nn.Module, weights: str) -> None:
        self.path, self.network, self.weights = path, network, weights
        self.familiarity = read_familiarity(path) if path else None

    def attach(self, engine: Engine) -> None:
        if self.familiarity is None:
            return
        part = part_of(self.network, self.familiarity.layer)
        self.features, self.logits = RecordedCalls(part), RecordedCalls(self.network)
        engine.add_event_handler(Events.STARTED, self._check_weights)
        self.features.attach(engine)
        self.logits.attach(engine)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._measure, self.familiarity)

    def _check_weights(self) -> None:
        if self.path and self.familiarity is not None:
            check_weights_of(self.familiarity, self.weights, Path(self.path).name)

    def _measure(self, engine: Engine, familiarity: Familiarity) -> None:
        features, logits = self.features.take(), self.logits.take()
        distances = np.mean([familiarity.distances(pool_features(view)) for view in features], axis=0)
        energies = np.mean([free_energy(view) for view in logits], axis=0)
        # the engine's own items: those of items_of() are copies
        items: list[dict[str, object]] = engine.state.output  # type: ignore[assignment]
        for item, distance, energy in zip(items, distances.tolist(), energies.tolist(), strict=True):
            # what is not a number is not familiar
            item |= {
                "energy": energy,
                "feature_distance": distance,
                "unfamiliar": not distance <= familiarity.threshold,
            }


def part_of(network: nn.Module, layer: str) -> nn.Module:
    """The part of a network by its name, as in ``network.named_modules()``.

    Raises:
        InvalidInputError: it has none of that name.
    """
    parts = dict(network.named_modules())
    if layer not in parts:
        problem = f"is {layer!r}"
        raise InvalidInputError.about(type(network).__name__, "layer", problem, expected="a part of the network")
    return parts[layer]


def check_weights_of(familiarity: Familiarity, weights: str | Path, source: str) -> None:
    """Refuse a file that was fitted for other weights.

    Raises:
        IntegrityError: the digests differ.
    """
    digest = sha256_of(weights)
    if digest != familiarity.weights_sha256:
        problem = f"is not that of {Path(weights).name}, {digest}"
        expected = "a file fitted for these weights, or familiarity left empty"
        raise IntegrityError.about(source, "weights_sha256", problem, expected=expected)
