# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Write where a classifier found its evidence: a heat map a picture, drawn over it and as numbers."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import torch
from ignite.engine import Engine, Events
from monai.data import MetaTensor
from torch import nn

from monai_skin.errors import UsageError
from monai_skin.handlers.explained_batch import (
    CLINICAL_VALUES,
    EXPLANATIONS,
    explained_batch,
    frame_of,
    heat_on_file,
    index_of,
)
from monai_skin.handlers.run_output import prepare_folder
from monai_skin.handlers.write_diagnoses import classes_of
from monai_skin.interpretability import (
    MAP_METHODS,
    RemovalAreas,
    draw_heat_map,
    draw_map,
    enlarge_heat,
    heat_in_lesion,
    pointing_game,
    removal_areas,
    shrink_picture,
    stream_of,
    stretch_heat,
)
from monai_skin.interpretability.map_methods import ALL_PICTURES
from monai_skin.io import atomic_write, read_image, read_ultrasound, write_image, write_table

__all__ = ["WriteExplanations"]

COLUMNS = ("image_id", "class", "probability", "method", "stream", "overlay", "map", "lesion", "heat_in_lesion", "hit")
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
        method: a key of :data:`monai_skin.interpretability.MAP_METHODS` that the network has.
        target: code of the class to explain; None explains the most probable one of each picture.
        stream: which picture of a network with two; None is the method's usual one.
        every_stream: where ``stream`` is None, draw a map of every picture the method can show, each with a row of its
            own and the stream at the end of its files' names, as for a photograph and an ultrasound picture.
        curves: also write the areas of :func:`monai_skin.interpretability.removal_areas`, which takes 84 runs of the
            network a picture.
        overwrite: replace the results of an earlier run instead of refusing.

    Raises:
        UsageError: no such method, vocabulary, class or stream, the network lacks the method, a class is given to a
            method that knows none, or ``folder`` holds results and ``overwrite`` is off.
    """

    def __init__(
        self,
        *,
        folder: str,
        network: nn.Module,
        vocabulary: str,
        inputs: Sequence[str] = ("image",),
        method: str = next(iter(MAP_METHODS)),
        target: str | None = None,
        stream: str | None = None,
        every_stream: bool = False,
        curves: bool = False,
        overwrite: bool = False,
    ) -> None:
        self.classes = classes_of(vocabulary)
        self.streams: tuple[str, ...] = (stream_of(network, method, stream),)
        if every_stream and stream is None:
            self.streams = tuple(name for name in MAP_METHODS[method].streams(network) if name != ALL_PICTURES)
        self.target = index_of(target, self.classes)
        if target is not None and not MAP_METHODS[method].of_class:
            expected = "none, as attention is the same for every class"
            raise UsageError.about(type(network).__name__, "target", f"is {target!r} for {method!r}", expected=expected)
        self.folder, self.network, self.inputs = Path(folder), network, tuple(inputs)
        self.method, self.curves, self.overwrite = method, curves, overwrite
        self.rows: list[dict[str, object]] = []

    def attach(self, engine: Engine) -> None:
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._take_batch)
        engine.add_event_handler(Events.COMPLETED, self._finish)

    def _start(self) -> None:
        self.rows = []
        # the other table is of the same run, or of an earlier one
        tables = (EXPLANATIONS, CLINICAL_VALUES)
        prepare_folder(self.folder, written=tables, stale=tables, overwrite=self.overwrite)

    def _take_batch(self, engine: Engine) -> None:
        batch = explained_batch(engine, self.network, self.inputs, self.target)
        if batch is None:
            return
        heat = {name: draw_map(self.network, batch.inputs, batch.target, self.method, name) for name in self.streams}
        for number, item in enumerate(batch.items):
            index = int(batch.target[number])
            for stream in self.streams:
                framed = enlarge_heat(heat[stream][number : number + 1].cpu(), frame_of(self._seen(item, stream)[0]))
                row = self._write(item, index, framed, stream)
                if self.curves:
                    seed = crc32(str(item["image_id"]).encode())  # the same noise whatever else is in the batch
                    areas = removal_areas(self.network, batch.one(number), index, framed[0], seed=seed, stream=stream)
                    row |= {name: f"{value:.{_DIGITS}f}" for name, value in areas._asdict().items()}
                self.rows.append(row)

    def _write(self, item: Mapping[str, Any], index: int, framed: torch.Tensor, stream: str) -> dict[str, object]:
        """Write the files of a ``(1, H, W)`` map, and return its row."""
        image_id, (image, file) = str(item["image_id"]), self._seen(item, stream)
        inside = heat_on_file(framed, image)
        read = read_ultrasound if stream == "ultrasound" else read_image
        picture = shrink_picture(read(file).pixels, LONGEST_SIDE)
        shown = stretch_heat(enlarge_heat(inside, (picture.shape[1], picture.shape[2])))[0].numpy()
        stem = image_id if len(self.streams) == 1 else f"{image_id}_{stream}"
        names = {"overlay": f"heat/{stem}.jpg", "map": f"maps/{stem}.npy"}
        write_image(self.folder / names["overlay"], draw_heat_map(picture, shown, source=image_id))
        atomic_write(self.folder / names["map"], _as_npy(inside[0].numpy()))
        probability = float(torch.as_tensor(item["pred"]).reshape(-1)[index])
        return {
            "image_id": image_id,
            "class": self.classes[index],
            "probability": f"{probability:.{_DIGITS}f}",
            "method": self.method,
            "stream": stream,
            **names,
            **_on_the_lesion(framed, item.get("mask")),
        }

    @staticmethod
    def _seen(item: Mapping[str, Any], stream: str) -> tuple[torch.Tensor, str]:
        """The picture the map is of, and its file: that of the stream where it has a file of its own."""
        own, image = item.get(stream), item["image"]
        whole = image.meta.get("filename_or_obj") if isinstance(image, MetaTensor) else None
        if isinstance(own, MetaTensor) and own.meta.get("filename_or_obj") not in (None, "", whole):
            return own, str(own.meta["filename_or_obj"])
        return image, str(item["file"])

    def _finish(self) -> None:
        areas = RemovalAreas._fields if self.curves else ()
        write_table(self.folder / EXPLANATIONS, self.rows, (*COLUMNS, *areas))


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
