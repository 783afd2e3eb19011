# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What the handlers that explain share: the items of a batch that can be explained, and which class of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from ignite.engine import Engine
from monai.data import MetaTensor
from torch import nn

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.handlers.run_output import check_image_id, items_of
from monai_skin.interpretability import enlarge_heat
from monai_skin.transforms.fit import place

__all__: list[str] = []

EXPLANATIONS, CLINICAL_VALUES = "explanations.csv", "clinical.csv"


class ExplainedBatch(NamedTuple):
    """Items with a prediction, the network's arguments for them, and the class of each that is explained."""

    items: list[dict[str, Any]]
    inputs: dict[str, torch.Tensor]
    target: torch.Tensor

    def one(self, number: int) -> dict[str, torch.Tensor]:
        """The arguments of a single item."""
        return {key: value[number : number + 1] for key, value in self.inputs.items()}


def explained_batch(
    engine: Engine, network: nn.Module, keys: Sequence[str], target: int | None
) -> ExplainedBatch | None:
    """What of the engine's batch can be explained; None where nothing can.

    Args:
        keys: of the items that are the network's arguments.
        target: class to explain; None is the most probable one of each item.
    """
    items = [item for item in items_of(engine) if _has_an_answer(item)]
    if not items:
        return None
    device = next(network.parameters()).device
    inputs = {
        key: torch.stack([torch.as_tensor(item[key]).as_subclass(torch.Tensor) for item in items]).to(device)
        for key in keys
    }
    chosen = [int(torch.as_tensor(item["pred"]).argmax()) if target is None else target for item in items]
    return ExplainedBatch(items, inputs, torch.tensor(chosen, device=device))


def frame_of(image: torch.Tensor) -> tuple[int, int]:
    """Rows and columns of what the network saw."""
    return int(image.shape[-2]), int(image.shape[-1])


def heat_on_file(framed: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    """The part of a ``(1, H, W)`` map of the whole frame that lies on the file fitted into it."""
    full = image.meta.get("full_size") if isinstance(image, MetaTensor) else None
    size = frame_of(image) if full is None else (int(full[0]), int(full[1]))
    top, left, rows, columns = place(size, frame_of(image))
    return framed[:, top : top + rows, left : left + columns]


def heat_on_picture(heat: torch.Tensor, image: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """A ``(1, h, w)`` map of the frame, as ``(1, rows, columns)`` of the file shown in this size."""
    return enlarge_heat(heat_on_file(enlarge_heat(heat, frame_of(image)), image), size)


def index_of(target: str | None, classes: Sequence[str]) -> int | None:
    """The place of a class; None stays None.

    Raises:
        UsageError: there is no such class.
    """
    if target is not None and target not in classes:
        raise UsageError(f"target is {target!r}; expected one of {', '.join(classes)}")
    return None if target is None else classes.index(target)


def _has_an_answer(item: Mapping[str, Any]) -> bool:
    """Whether it was read, was answered, and may name files; the handler before this one lists those that may not."""
    if item.get("error") or not bool(torch.isfinite(torch.as_tensor(item["pred"])).all()):
        return False
    try:
        check_image_id(str(item["image_id"]))
    except InvalidInputError:
        return False
    return True
