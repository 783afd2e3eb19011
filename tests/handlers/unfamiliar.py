# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A network, an engine that shows it pictures in several views, and what it was fitted for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
from ignite.engine import Engine

from monai_skin.engines import DihedralInferer
from monai_skin.io import save_weights, sha256_of
from monai_skin.metrics import Familiarity, fit_class_gaussians

PICTURES = torch.rand(6, 3, 4, 6, generator=torch.Generator().manual_seed(0))


class CornerNet(nn.Module):
    """Sees a corner of the picture, so that no two views agree; ``seen`` gives four features, ``head`` three logits."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.seen = nn.Linear(3, 4)
        self.head = nn.Linear(4, 3)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.head(self.seen(image[:, :, 0, 1]))


def run(network: nn.Module, handlers: Sequence[object], *, views: int = 1, batch: int = 3) -> list[dict[str, object]]:
    """The items of a run over all pictures, decollated as MONAI's evaluator does."""
    done: list[dict[str, object]] = []

    def step(_: Engine, images: torch.Tensor) -> list[dict[str, object]]:
        with torch.no_grad():
            logits = DihedralInferer(views=views)(images, network)
        start = len(done)
        done.extend({"image_id": f"i{start + index}", "error": "", "pred": one} for index, one in enumerate(logits))
        return done[start:]

    engine = Engine(step)
    for handler in handlers:
        handler.attach(engine)
    engine.run(list(PICTURES.split(batch)))
    return done


def fitted_for(weights: Path, network: nn.Module, *, threshold: float = 1.5, layer: str = "seen") -> Familiarity:
    """Saves the weights, too."""
    save_weights(weights, network.state_dict())
    features = np.random.default_rng(0).normal(size=(20, 4))
    return Familiarity(
        gaussians=fit_class_gaussians(features, np.arange(20) % 2),
        threshold=threshold,
        layer=layer,
        weights_sha256=sha256_of(weights),
        classes=("mel", "nv"),
        fitted_on="noise",
        training_images=20,
        validation_images=20,
        share=0.05,
    )
