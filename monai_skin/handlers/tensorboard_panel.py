# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A picture of what the network finds, in TensorBoard."""

from __future__ import annotations

import torch
from ignite.engine import Engine, Events
from torch.utils.tensorboard import SummaryWriter

from monai_skin.handlers.main_process import is_main_process
from monai_skin.handlers.run_output import items_of
from monai_skin.interpretability import draw_lesion_outline

__all__ = ["TensorBoardPanel"]


class TensorBoardPanel:
    """Show the first images of a validation, each beside itself with the predicted outline and with the true one.

    Args:
        log_dir: folder of the event files.
        images: how many.
        target: key of the true mask.
    """

    def __init__(self, log_dir: str, *, images: int = 4, target: str = "label") -> None:
        self.log_dir, self.images, self.target = log_dir, images, target
        self.rows: list[torch.Tensor] = []
        self.validations = 0

    def attach(self, engine: Engine) -> None:
        """Collect while the validation runs, write when it ends."""
        engine.add_event_handler(Events.ITERATION_COMPLETED, self)
        engine.add_event_handler(Events.COMPLETED, self.write)

    def __call__(self, engine: Engine) -> None:
        for item in items_of(engine)[: self.images - len(self.rows)]:
            self.rows.append(panel(item["image"], item["pred"], item[self.target]))

    def write(self, _: Engine) -> None:
        """Write one tall picture and forget the rows."""
        if not is_main_process() or not self.rows:
            return
        self.validations += 1
        with SummaryWriter(self.log_dir) as writer:
            writer.add_image("image | predicted | true", torch.cat(self.rows, dim=1), self.validations)
        self.rows.clear()


def panel(image: torch.Tensor, predicted: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """``(3, H, 3 W)`` uint8: the image, with the predicted outline, with the true outline."""
    pixels = torch.as_tensor(image).as_subclass(torch.Tensor).float().cpu()
    low, high = pixels.amin(), pixels.amax()
    shown = ((pixels - low) / (high - low).clamp_min(1e-6) * 255).byte().numpy()
    outlined = [
        torch.from_numpy(draw_lesion_outline(shown, torch.as_tensor(mask)[0].cpu().numpy() > 0.5))
        for mask in (predicted, truth)
    ]
    return torch.cat([torch.from_numpy(shown), *outlined], dim=2)
