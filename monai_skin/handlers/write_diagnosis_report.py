# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Write one HTML file with the probabilities of every picture; it needs no network and no other file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from ignite.engine import Engine, Events
from monai.data import MetaTensor

from monai_skin.errors import SkinError, UsageError
from monai_skin.handlers.concept_card import CONCEPTS, Decided
from monai_skin.handlers.diagnosis_page import render_diagnosis_report
from monai_skin.handlers.explained_batch import CLINICAL_VALUES, EXPLANATIONS
from monai_skin.handlers.explained_card import Explained
from monai_skin.handlers.report_page import ULTRASOUND, Facts, Shown
from monai_skin.handlers.run_output import items_of, prepare_folder
from monai_skin.handlers.write_case_diagnoses import CASES
from monai_skin.handlers.write_diagnoses import CASE, PREDICTIONS, REJECTED, classes_of
from monai_skin.handlers.write_report import THUMBNAIL_SIDE, date_of_environment, thumbnail
from monai_skin.interpretability import shrink_picture
from monai_skin.io import atomic_write, read_image, read_table, read_ultrasound, sha256_of
from monai_skin.labels import UNKNOWN
from monai_skin.transforms import IMAGENET_MEAN, IMAGENET_STD

__all__ = ["WriteDiagnosisReport"]

REPORT = "report.html"
NOBODY = "nothing known of the person"
NOTHING = ("", NOBODY)  # where the run was told of no person, and where of this one nothing
HEAT_SIDE = 320  # of the small heat map in pixels; smooth as it is, it needs no more


class WriteDiagnosisReport:
    """Write ``report.html`` from the tables of :class:`WriteDiagnoses`, which must be listed before it.

    Each picture is shown beside the outlined lesion, or a photograph beside its ultrasound picture, with a bar for the
    probability of each class; where the run also explains, with the heat map and with what age, sex and site did, if
    any of them is known. The table of :class:`WriteCaseDiagnoses` is shown where it was listed before this. The same
    inputs give the same bytes: the date is an argument, or ``SOURCE_DATE_EPOCH`` of the environment, or left out.

    Args:
        folder: where the tables are and the report goes.
        vocabulary: name in :data:`monai_skin.labels.VOCABULARIES`.
        overlays: folder with ``<image_id>.jpg`` to show on the right; where there is none, what the second encoder saw
            is shown, and for a network without one the picture again.
        weights: the weight file whose SHA-256 the report names; empty to leave it out.
        calibration: the calibration file the report names likewise; empty for none.
        familiarity: the file of :class:`FlagUnfamiliar`, likewise.
        model: what the model is called, such as a bundle's name and version.
        mean: that was taken off each channel of the network's pictures, to show them as they were.
        std: that each channel was divided by, likewise.
        explained: show the results of :class:`WriteExplanations` and :class:`WriteClinicalValues`, which are then
            listed before this; otherwise those of an earlier run are removed, as they belong to other predictions.
        concepts: show the results of :class:`WriteConceptEvidence`, which is then listed before this.
        created: the date to print, as text.
        most_pictures: how many pictures are shown; the table lists all of them.
        overwrite: replace an earlier report instead of refusing.
    """

    def __init__(
        self,
        *,
        folder: str,
        vocabulary: str,
        overlays: str = "",
        weights: str = "",
        calibration: str | None = "",
        familiarity: str | None = "",
        model: str = "",
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
        explained: bool = False,
        concepts: bool = False,
        created: str = "",
        most_pictures: int = 200,
        overwrite: bool = False,
    ) -> None:
        self.folder, self.classes = Path(folder), classes_of(vocabulary)
        self.overlays, self.files = overlays, (weights, calibration, familiarity)
        self.model, self.created = model, created
        self.mean, self.std = tuple(mean), tuple(std)
        self.explained, self.concepts = explained, concepts
        self.most_pictures, self.overwrite = most_pictures, overwrite
        self._seen: dict[str, _Seen] = {}

    def attach(self, engine: Engine) -> None:
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._take_batch)
        engine.add_event_handler(Events.COMPLETED, self._finish)

    def _start(self) -> None:
        self._seen = {}
        others = () if self.explained else (EXPLANATIONS, CLINICAL_VALUES)
        prepare_folder(self.folder, written=[REPORT, *others], stale=[REPORT, *others], overwrite=self.overwrite)

    def _take_batch(self, engine: Engine) -> None:
        for item in items_of(engine):
            if len(self._seen) < self.most_pictures and not item.get("error"):
                self._seen[str(item["image_id"])] = _Seen(item, self.mean, self.std)

    def _finish(self) -> None:
        results = self.folder / PREDICTIONS
        if not results.is_file():
            raise UsageError.about(
                "WriteDiagnosisReport", PREDICTIONS, "is absent", expected="WriteDiagnoses before it"
            )
        rows = read_table(results)
        rejected = read_table(self.folder / REJECTED) if (self.folder / REJECTED).is_file() else []
        files = "; ".join(f"{Path(path).name}, SHA-256 {sha256_of(path)}" for path in self.files if path)
        facts = Facts(model=self.model, weights=files, created=self.created or date_of_environment())
        shown = [self._picture(row, seen) for row in rows if (seen := self._item_of(row)) is not None]
        by_case = bool(rows) and CASE in rows[0] and (self.folder / CASES).is_file()
        cases = read_table(self.folder / CASES) if by_case else ()
        page = render_diagnosis_report(rows, rejected, shown, facts, self.classes, self._explained(shown), cases)
        atomic_write(self.folder / REPORT, page.encode())

    def _explained(self, shown: Sequence[Shown]) -> Mapping[str, Explained | Decided]:
        """What explains the shown pictures, by the ids of their rows."""
        if self.concepts:
            names = {one.row["image_id"] for one in shown}
            rows = [row for row in read_table(self.folder / CONCEPTS) if row["image_id"] in names]
            return {row["image_id"]: Decided(row, self._small(row["evidence"]), self._attention(row)) for row in rows}
        if not self.explained:
            return {}
        values = self.folder / CLINICAL_VALUES
        clinical = {row["image_id"]: row for row in read_table(values)} if values.is_file() else {}
        persons = {one.row["image_id"]: one.row["person"] for one in shown}
        found: dict[str, Explained | Decided] = {}
        for row in read_table(self.folder / EXPLANATIONS):
            name = row["image_id"]
            if name in persons:
                heat = self._small(row["overlay"])
                known = found.get(name)
                if isinstance(known, Explained):  # of another picture of the lesion
                    found[name] = replace(known, also=(*known.also, Explained(row, heat, None)))
                    continue
                found[name] = Explained(row, heat, clinical.get(name) if persons[name] not in NOTHING else None)
        return found

    def _attention(self, row: Mapping[str, str]) -> npt.NDArray[np.uint8] | None:
        return self._small(row["attention"]) if row["attention"] else None

    def _small(self, name: str) -> npt.NDArray[np.uint8]:
        return shrink_picture(read_image(str(self.folder / name)).pixels, HEAT_SIDE)

    def _item_of(self, row: dict[str, str]) -> _Seen | None:
        """The item of a row; before an id that a spreadsheet would run the table has an apostrophe."""
        written = row["image_id"]
        return self._seen.get(written) or self._seen.get(written.removeprefix("'"))

    def _picture(self, row: dict[str, str], seen: _Seen) -> Shown:
        overlay = Path(self.overlays) / f"{seen.image_id}.jpg"
        try:
            original = thumbnail(seen.file)
        except SkinError:  # gone since it was read: what the network saw still shows what it was about
            original = seen.whole
        lesion = original if seen.lesion is None else seen.lesion
        if seen.ultrasound:
            lesion = self._second(seen, lesion)
        if self.overlays and overlay.is_file():
            lesion = thumbnail(str(overlay))
        about = {"person": seen.person, "second": ULTRASOUND if seen.ultrasound else ""}
        return Shown(row={**row, **about}, original=original, overlay=lesion)

    @staticmethod
    def _second(seen: _Seen, otherwise: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        try:
            return shrink_picture(read_ultrasound(seen.ultrasound).pixels, THUMBNAIL_SIDE)
        except SkinError:  # gone since it was read
            return otherwise


class _Seen:
    """What is kept of an item until the report is written: two small pictures and a few words."""

    def __init__(self, item: Mapping[str, Any], mean: Sequence[float], std: Sequence[float]) -> None:
        self.image_id, self.file = str(item["image_id"]), str(item["file"])
        self.whole = _as_bytes(item["image"], mean, std)
        self.lesion = _as_bytes(item["segmented"], mean, std) if "segmented" in item else None
        self.ultrasound = ""
        if "ultrasound" in item:
            scan = item["ultrasound"]
            self.ultrasound = str(scan.meta.get("filename_or_obj", "")) if isinstance(scan, MetaTensor) else ""
            self.lesion = _as_bytes(scan, (0.0,), (1.0,)).repeat(3, axis=0)
        self.person = _about_person(item)


def _as_bytes(image: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> npt.NDArray[np.uint8]:
    """A normalised ``(C, H, W)`` tensor as pixels again."""
    scale, offset = (torch.tensor(values)[:, None, None] for values in (std, mean))
    pixels = image.as_subclass(torch.Tensor).detach().float().cpu() * scale + offset
    return np.ascontiguousarray((255 * pixels.clamp(0, 1)).round().to(torch.uint8).numpy())


def _about_person(item: Mapping[str, Any]) -> str:
    """Age, sex and site in words, as far as they are known; nothing where the run was not told of them."""
    if not {"age", "sex", "site"} & item.keys():
        return ""
    age = float(item.get("age", float("nan")))
    words = [] if np.isnan(age) else [f"{age:g} years"]
    words += [str(item[field]) for field in ("sex", "site") if str(item.get(field, UNKNOWN)) != UNKNOWN]
    return ", ".join(words) or NOBODY
