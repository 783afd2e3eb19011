# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Write what a segmentation run found: masks, overlays, one table of results and one of rejected pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from ignite.engine import Engine, Events

from monai_skin.errors import IntegrityError, InvalidInputError
from monai_skin.handlers.run_output import check_image_id, items_of, prepare_folder
from monai_skin.interpretability import draw_lesion_outline, shrink_mask, shrink_picture
from monai_skin.io import Picture, read_image, write_image, write_mask, write_table
from monai_skin.io.files import source_name
from monai_skin.transforms import mask_is_usable, quality_flags

__all__ = ["WriteLesionMasks"]

RESULT_COLUMNS = (
    "image_id",
    "file",
    "height",
    "width",
    "lesion_fraction",
    "mask_ok",
    "mean_probability",
    "mask",
    "overlay",
    "notes",
)
REJECTED_COLUMNS = ("image_id", "file", "reason")
WRITTEN = ("masks", "overlays", "predictions.csv", "rejected.csv")
SUMMARIES = ("predictions.csv", "rejected.csv", "report.html")  # stale ones must not stand beside new masks


class WriteLesionMasks:
    """Write one full-size mask and one overlay per picture, and the tables that list them.

    MONAI's ``SaveImaged`` and ``CSVSaver`` name results by file name, so that of two inputs ``a/img.png`` and
    ``b/img.png`` only one survives. Here the name is the item's ``image_id`` and a repeated one is refused.

    Under ``folder``: ``masks/<image_id>.png`` (0 and 255, the size of the original), ``overlays/<image_id>.jpg``,
    ``predictions.csv`` in input order, and ``rejected.csv`` when an item carries an ``error``. The tables appear only
    when the run has ended, so a folder with a table is a whole one.

    Args:
        folder: where to write; made if absent.
        overwrite: replace the results of an earlier run instead of refusing.
        overlay_side: longest side of an overlay in pixels.

    Raises:
        UsageError: ``folder`` holds results and ``overwrite`` is off.
        IntegrityError: two items share an ``image_id``, or a mask has not the size of its original.
    """

    def __init__(self, *, folder: str, overwrite: bool = False, overlay_side: int = 1024) -> None:
        self.folder = Path(folder)
        self.overwrite = overwrite
        self.overlay_side = overlay_side
        self.rows: list[dict[str, str]] = []
        self.rejected: list[dict[str, str]] = []
        self._seen: set[str] = set()

    def attach(self, engine: Engine) -> None:
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._take_batch)
        engine.add_event_handler(Events.COMPLETED, self._finish)

    def _start(self) -> None:
        self.rows, self.rejected, self._seen = [], [], set()
        prepare_folder(self.folder, written=WRITTEN, stale=SUMMARIES, overwrite=self.overwrite)
        for name in ("masks", "overlays"):
            (self.folder / name).mkdir(exist_ok=True)

    def _take_batch(self, engine: Engine) -> None:
        for item in items_of(engine):
            self._take(item)

    def _take(self, item: Mapping[str, Any]) -> None:
        image_id, reason = str(item["image_id"]), str(item.get("error", ""))
        self._refuse_repeated(image_id)
        if not reason:
            try:
                self.rows.append(self._write_item(check_image_id(image_id), item))
            except InvalidInputError as error:  # one bad picture never stops the others
                reason = str(error)
        if reason:
            self.rejected.append({"image_id": image_id, "file": source_name(str(item["file"])), "reason": reason})

    def _refuse_repeated(self, image_id: str) -> None:
        if image_id.casefold() in self._seen:  # "A.png" and "a.png" are one file on half of all computers
            raise IntegrityError.about(image_id, "image_id", "stands twice in the input", expected="unique ids")
        self._seen.add(image_id.casefold())

    def _write_item(self, image_id: str, item: Mapping[str, Any]) -> dict[str, str]:
        mask = _as_plane(item["pred"]) > 0
        probability = _as_plane(item["probability"]) if "probability" in item else None
        picture = _read_for_display(str(item["file"]), mask.shape, self.overlay_side)
        if picture.full_size != mask.shape:
            found = f"is {mask.shape} for an original of {picture.full_size}"
            raise IntegrityError.about(image_id, "mask size", found, expected="equal rows and columns")
        names = {"mask": f"masks/{image_id}.png", "overlay": f"overlays/{image_id}.jpg"}
        shown = shrink_picture(picture.pixels, self.overlay_side)
        overlay = draw_lesion_outline(shown, shrink_mask(mask, shown.shape[1:]), source=image_id)
        write_mask(self.folder / names["mask"], mask)
        write_image(self.folder / names["overlay"], overlay)
        file = source_name(str(item["file"]))
        notes = (*picture.notes, *_seen_besides(shown))
        return {"image_id": image_id, "file": file, **_measure(mask, probability, notes), **names}

    def _finish(self) -> None:
        write_table(self.folder / "predictions.csv", self.rows, RESULT_COLUMNS)
        if self.rejected:
            write_table(self.folder / "rejected.csv", self.rejected, REJECTED_COLUMNS)


def _as_plane(tensor: Any) -> npt.NDArray[Any]:
    """The ``(H, W)`` array inside a ``(1, H, W)`` tensor."""
    return np.asarray(tensor.detach().cpu().numpy()).reshape(tensor.shape[-2:])


def _read_for_display(file: str, full_size: tuple[int, ...], longest_side: int) -> Picture:
    """The original, decoded no larger than the overlay needs: most of a large JPEG's decoding time is saved."""
    return read_image(file, min_side=math.ceil(longest_side * min(full_size) / max(full_size)))


def _seen_besides(shown: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    """What else is in the picture, for a person who wonders about a result; it changes none."""
    flags = quality_flags(torch.from_numpy(np.ascontiguousarray(shown)))
    seen = {"dark corners": flags.vignette, "ruler": flags.ruler, "hair": flags.hair}
    return tuple(name for name, there in seen.items() if there)


def _measure(
    mask: npt.NDArray[np.bool_], probability: npt.NDArray[np.floating[Any]] | None, notes: tuple[str, ...]
) -> dict[str, str]:
    fraction = float(mask.mean())
    plausible = mask_is_usable(mask)
    remarks = (
        notes
        if plausible
        else (*notes, f"the mask covers {fraction:.1%} of the picture" if fraction else "no lesion found")
    )
    sure = "" if probability is None or not mask.any() else f"{float(probability[mask].mean(dtype=np.float64)):.4f}"
    return {
        "height": str(mask.shape[0]),
        "width": str(mask.shape[1]),
        "lesion_fraction": f"{fraction:.6f}",
        "mask_ok": "true" if plausible else "false",
        "mean_probability": sure,
        "notes": "; ".join(remarks),
    }
