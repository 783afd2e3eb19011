# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Write one HTML file a person opens, looks at and sends on: it needs no network and no other file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from ignite.engine import Engine, Events

from monai_skin.errors import SkinError, UsageError
from monai_skin.handlers.report_page import Facts, Shown, render_report
from monai_skin.handlers.run_output import items_of, prepare_folder
from monai_skin.interpretability import shrink_picture
from monai_skin.io import atomic_write, read_image, read_table, sha256_of

__all__ = ["WriteReport"]

THUMBNAIL_SIDE = 480


class WriteReport:
    """Write ``report.html`` from the tables and overlays of :class:`WriteLesionMasks`, which must be listed before it.

    The page says how many pictures were read, rejected and doubtful, with which software and weights, and shows each
    original beside its overlay. The same inputs give the same bytes: the date is an argument, or ``SOURCE_DATE_EPOCH``
    of the environment, or left out; it is never the clock.

    Args:
        folder: where the tables are and the report goes.
        weights: the weight file whose SHA-256 the report names; empty to leave it out.
        model: what the model is called, such as a bundle's name and version.
        created: the date to print, as text.
        most_pictures: how many pictures are shown; the table lists all of them.
        overwrite: replace an earlier report instead of refusing.
    """

    def __init__(
        self,
        *,
        folder: str,
        weights: str = "",
        model: str = "",
        created: str = "",
        most_pictures: int = 200,
        overwrite: bool = False,
    ) -> None:
        self.folder = Path(folder)
        self.weights, self.model, self.created = weights, model, created
        self.most_pictures = most_pictures
        self.overwrite = overwrite
        self._files: dict[str, str] = {}

    def attach(self, engine: Engine) -> None:
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._take_batch)
        engine.add_event_handler(Events.COMPLETED, self._finish)

    def _start(self) -> None:
        self._files = {}
        prepare_folder(self.folder, written=["report.html"], stale=["report.html"], overwrite=self.overwrite)

    def _take_batch(self, engine: Engine) -> None:
        self._files.update((str(item["image_id"]), str(item["file"])) for item in items_of(engine))

    def _finish(self) -> None:
        results = self.folder / "predictions.csv"
        if not results.is_file():
            raise UsageError.about("WriteReport", "predictions.csv", "is absent", expected="WriteLesionMasks before it")
        rows = read_table(results)
        rejects = self.folder / "rejected.csv"
        rejected = read_table(rejects) if rejects.is_file() else []
        facts = Facts(model=self.model, weights=self._digest(), created=self.created or date_of_environment())
        page = render_report(rows, rejected, self._pictures(rows), facts)
        atomic_write(self.folder / "report.html", page.encode())

    def _digest(self) -> str:
        return f"{Path(self.weights).name}, SHA-256 {sha256_of(self.weights)}" if self.weights else ""

    def _pictures(self, rows: Sequence[dict[str, str]]) -> list[Shown]:
        shown = rows[: self.most_pictures]
        return [self._picture(row) for row in shown]

    def _picture(self, row: dict[str, str]) -> Shown:
        overlay = thumbnail(str(self.folder / row["overlay"]))
        try:
            original = thumbnail(self._files[row["image_id"]])
        except (SkinError, KeyError):  # gone since it was read: the overlay still shows what was found
            original = overlay
        return Shown(row=row, original=original, overlay=overlay)


def thumbnail(file: str) -> npt.NDArray[np.uint8]:
    return shrink_picture(read_image(file, min_side=THUMBNAIL_SIDE).pixels, THUMBNAIL_SIDE)


def date_of_environment() -> str:
    """``SOURCE_DATE_EPOCH`` as a date in UTC, as reproducible builds agreed; empty when it is not set."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not seconds:
        return ""
    if not seconds.isdecimal():
        raise UsageError.about("environment", "SOURCE_DATE_EPOCH", "is not a number", expected="seconds since 1970")
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M UTC")
