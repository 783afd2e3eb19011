# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The picture of a validation: image, predicted outline, true outline."""

from __future__ import annotations

import torch
from ignite.engine import Engine
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from monai_skin.handlers import TensorBoardPanel
from monai_skin.handlers.tensorboard_panel import panel


def item(pixel: float = 0.5) -> dict[str, torch.Tensor]:
    mask = torch.zeros(1, 32, 48)
    mask[:, 8:24, 12:36] = 1
    return {"image": torch.full((3, 32, 48), pixel), "pred": torch.zeros_like(mask), "label": mask}


def test_the_outline_is_drawn_only_where_there_is_a_mask():
    given = item()
    given["image"] = torch.rand(3, 32, 48)
    shown, predicted, true = panel(given["image"], given["pred"], given["label"]).split(48, dim=2)
    assert torch.equal(shown, predicted)  # an empty mask has no outline
    changed = (shown != true).any(dim=0)
    assert changed.any() and not changed[16, 24]  # the middle of the lesion stays visible


def test_so_many_rows_of_each_validation_are_written(tmp_path):
    engine = Engine(lambda e, batch: [item(), item()])
    TensorBoardPanel(str(tmp_path), images=3).attach(engine)
    for _ in range(2):
        engine.run([0, 1, 2])
    pictures = EventAccumulator(str(tmp_path)).Reload().Images("image | predicted | true")
    assert [(p.step, p.width, p.height) for p in pictures] == [(1, 3 * 48, 3 * 32), (2, 3 * 48, 3 * 32)]


def test_an_evaluation_without_images_writes_nothing(tmp_path):
    TensorBoardPanel(str(tmp_path)).write(Engine(lambda e, batch: None))
    assert list(tmp_path.iterdir()) == []
