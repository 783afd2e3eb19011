# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Write where a classifier found its evidence: a heat map a picture, drawn over it and as numbers."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from ignite.engine import Engine, Events
from monai.data import MetaTensor
from torch import nn

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.handlers.run_output import check_image_id, items_of, prepare_folder
from monai_skin.handlers.write_diagnoses import classes_of
from monai_skin.interpretability import (
    default_layer,
    draw_heat_map,
    enlarge_heat,
    grad_cam,
    heat_in_lesion,
    pointing_game,
    shrink_picture,
    stretch_heat,
)
from monai_skin.io import atomic_write, read_image, write_image, write_table
from monai_skin.transforms.fit import place

__all__ = ["EXPLANATION_METHODS", "WriteExplanations"]

EXPLANATION_METHODS = ("grad_cam_plus_plus", "grad_cam")
EXPLANATIONS = "explanations.csv"
COLUMNS = ("image_id", "class", "probability", "method", "layer", "overlay", "map", "lesion", "heat_in_lesion", "hit")
LONGEST_SIDE = 1024
_DIGITS = 6

Floats = npt.NDArray[np.float32]


class WriteExplanations:
    """Write ``heat/<image_id>.jpg``, ``maps/<image_id>.npy`` and ``explanations.csv``, a row a picture.

    The drawing has the colours stretched to each map's own range: it says where, not how much. The numbers, float32 in
    the picture's proportions, are as the method gives them. Where an item has a lesion ``mask``, the row also says
    which share of the picture the lesion covers, which share of the heat lies on it, and whether the hottest place
    does: a map that is the same everywhere has as much heat on the lesion as the lesion covers.

    Args:
        folder: where to write; made if absent.
        network: the classifier, with its weights loaded by a handler before this one.
        vocabulary: name in :data:`monai_skin.labels.VOCABULARIES`, whose order the network's outputs have.
        inputs: keys of the items that are the network's arguments.
        method: one of :data:`EXPLANATION_METHODS`.
        target: code of the class to explain; None explains the most probable one of each picture.
        stream: which encoder's map; see :func:`monai_skin.interpretability.default_layer`.
        overwrite: replace the results of an earlier run instead of refusing.

    Raises:
        UsageError: no such method, vocabulary, class or stream, or ``folder`` holds results and ``overwrite`` is off.
    """

    def __init__(
        self,
        *,
        folder: str,
        network: nn.Module,
        vocabulary: str,
        inputs: Sequence[str] = ("image",),
        method: str = EXPLANATION_METHODS[0],
        target: str | None = None,
        stream: str = "image",
        overwrite: bool = False,
    ) -> None:
        if method not in EXPLANATION_METHODS:
            raise UsageError(f"method is {method!r}; expected one of {', '.join(EXPLANATION_METHODS)}")
        self.classes = classes_of(vocabulary)
        if target is not None and target not in self.classes:
            raise UsageError(f"target is {target!r}; expected one of {', '.join(self.classes)}")
        self.folder, self.network, self.inputs = Path(folder), network, tuple(inputs)
        self.method, self.target, self.overwrite = method, target, overwrite
        self.layer = default_layer(network, stream)
        self.rows: list[dict[str, object]] = []

    def attach(self, engine: Engine) -> None:
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._take_batch)
        engine.add_event_handler(Events.COMPLETED, self._finish)

    def _start(self) -> None:
        self.rows = []
        prepare_folder(self.folder, written=[EXPLANATIONS], stale=[EXPLANATIONS], overwrite=self.overwrite)

    def _take_batch(self, engine: Engine) -> None:
        items = [item for item in items_of(engine) if _can_be_named(item)]
        if not items:
            return
        device = next(self.network.parameters()).device
        batch = {
            key: torch.stack([torch.as_tensor(item[key]).as_subclass(torch.Tensor) for item in items]).to(device)
            for key in self.inputs
        }
        explained = [
            int(torch.as_tensor(item["pred"]).argmax()) if self.target is None else self.classes.index(self.target)
            for item in items
        ]
        target = torch.tensor(explained, device=device)
        heat = grad_cam(self.network, batch, self.layer, target, plus_plus=self.method == "grad_cam_plus_plus").cpu()
        for item, index, one in zip(items, explained, heat, strict=True):
            self._write(item, index, one)

    def _write(self, item: Mapping[str, Any], index: int, heat: torch.Tensor) -> None:
        image_id, image = str(item["image_id"]), item["image"]
        frame = (int(image.shape[-2]), int(image.shape[-1]))
        top, left, rows, columns = place(_file_size(image, frame), frame)
        framed = enlarge_heat(heat[None], frame)
        inside = framed[:, top : top + rows, left : left + columns]
        picture = shrink_picture(read_image(str(item["file"])).pixels, LONGEST_SIDE)
        shown = stretch_heat(enlarge_heat(inside, (picture.shape[1], picture.shape[2])))[0].numpy()
        names = {"overlay": f"heat/{image_id}.jpg", "map": f"maps/{image_id}.npy"}
        write_image(self.folder / names["overlay"], draw_heat_map(picture, shown, source=image_id))
        atomic_write(self.folder / names["map"], _as_npy(inside[0].numpy()))
        probability = float(torch.as_tensor(item["pred"]).reshape(-1)[index])
        self.rows.append(
            {
                "image_id": image_id,
                "class": self.classes[index],
                "probability": f"{probability:.{_DIGITS}f}",
                "method": self.method,
                "layer": self.layer,
                **names,
                **_on_the_lesion(framed, item.get("mask")),
            }
        )

    def _finish(self) -> None:
        write_table(self.folder / EXPLANATIONS, self.rows, COLUMNS)


def _can_be_named(item: Mapping[str, Any]) -> bool:
    """Whether it was read, and may name files; the handler before this one lists those that may not."""
    if item.get("error"):
        return False
    try:
        check_image_id(str(item["image_id"]))
    except InvalidInputError:
        return False
    return True


def _file_size(image: torch.Tensor, frame: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of the file that was fitted into the frame; those of the frame where no file is known."""
    full = image.meta.get("full_size") if isinstance(image, MetaTensor) else None
    return frame if full is None else (int(full[0]), int(full[1]))


def _on_the_lesion(heat: torch.Tensor, mask: Any) -> dict[str, object]:
    """How much of a ``(1, H, W)`` map lies on the lesion; empty cells without a lesion."""
    if mask is None or not bool((lesion := torch.as_tensor(mask).as_subclass(torch.Tensor) > 0).any()):
        return {"lesion": None, "heat_in_lesion": None, "hit": None}
    values = {
        "lesion": lesion.double().mean(),
        "heat_in_lesion": heat_in_lesion(heat, lesion)[0],
        "hit": pointing_game(heat, lesion)[0],
    }
    return {name: None if value.isnan() else f"{float(value):.{_DIGITS}f}" for name, value in values.items()}


def _as_npy(values: Floats) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.ascontiguousarray(values), allow_pickle=False)
    return stream.getvalue()
