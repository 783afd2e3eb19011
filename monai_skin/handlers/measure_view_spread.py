# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How much a classifier's answer depends on the way a picture lies."""

from __future__ import annotations

import torch
import torch.nn as nn
from ignite.engine import Engine, Events

from monai_skin.handlers.recorded_calls import RecordedCalls
from monai_skin.metrics import mutual_information

__all__ = ["MeasureViewSpread"]


class MeasureViewSpread:
    """Give every item ``view_spread`` where the inferer showed its picture in several views, else nothing.

    The number is :func:`monai_skin.metrics.mutual_information` of the views' probabilities, as the network gives them
    before any calibration: 0 where all views have the same answer. List it before :class:`WriteDiagnoses`, which then
    writes a column of it; :class:`monai_skin.engines.DihedralInferer` shows the views.

    Args:
        network: the classifier, which gives logits ``(B, K)``.
    """

    def __init__(self, *, network: nn.Module) -> None:
        self.calls = RecordedCalls(network)

    def attach(self, engine: Engine) -> None:
        self.calls.attach(engine)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self)

    def __call__(self, engine: Engine) -> None:
        views = self.calls.take()
        if len(views) < 2:
            return
        spread = mutual_information(torch.stack(views).double().softmax(dim=-1))
        # the engine's own items: those of items_of() are copies
        items: list[dict[str, object]] = engine.state.output  # type: ignore[assignment]
        for item, value in zip(items, spread.tolist(), strict=True):
            item["view_spread"] = value
