# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Write what a classification run found: one table of probabilities, the challenge's form of it, the rejected ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from ignite.engine import Engine, Events
from monai.data import MetaTensor

from monai_skin.errors import IntegrityError, InvalidInputError, UsageError
from monai_skin.handlers.run_output import check_image_id, items_of, prepare_folder
from monai_skin.io import write_table
from monai_skin.io.files import source_name
from monai_skin.labels import SUBMISSIONS, VOCABULARIES
from monai_skin.metrics import predictive_entropy

__all__ = ["WriteDiagnoses"]

REJECTED_COLUMNS = ("image_id", "file", "reason")
CASE = "case_id"
PREDICTIONS, SUBMISSION, REJECTED = "predictions.csv", "isic_submission.csv", "rejected.csv"
SUMMARIES = (PREDICTIONS, SUBMISSION, REJECTED, "report.html")
DECIMALS = 8
MEASURED = ("view_spread", "energy", "feature_distance")
UNFAMILIAR = "unfamiliar"
UNFAMILIAR_NOTE = "unlike the training pictures: result unreliable"


class WriteDiagnoses:
    """Write ``predictions.csv``, a row a picture with one probability a class, and ``isic_submission.csv``.

    ``predictions.csv`` holds ``image_id``, ``file``, the most probable class and its probability, the entropy of all
    probabilities from 0, sure, to 1, all alike, one column a class named by its code, whether the lesion mask could be
    used, and notes. What earlier handlers measured stands behind the entropy: ``view_spread`` of
    :class:`MeasureViewSpread`; ``energy``, ``feature_distance`` and ``unfamiliar`` of :class:`FlagUnfamiliar`. What was
    measured of no picture has no column. ``isic_submission.csv`` is what an ISIC challenge takes. Pictures with an
    ``error`` go to ``rejected.csv``. Where the items have a ``case_id``, it stands in front in both tables. All appear
    only when the run has ended.

    Args:
        folder: where to write; made if absent.
        vocabulary: name in :data:`monai_skin.labels.VOCABULARIES`, whose order the network's outputs have.
        truth: also write ``lesion_id`` and the true ``dx`` of each item, for an evaluation.
        overwrite: replace the results of an earlier run instead of refusing.

    Raises:
        UsageError: no such vocabulary, or ``folder`` holds results and ``overwrite`` is off.
        IntegrityError: two items share an ``image_id``, or there are not as many probabilities as classes.
    """

    def __init__(self, *, folder: str, vocabulary: str, truth: bool = False, overwrite: bool = False) -> None:
        self.folder, self.vocabulary = Path(folder), vocabulary
        self.classes = classes_of(vocabulary)
        self.truth, self.overwrite = truth, overwrite
        self.rows: list[dict[str, str]] = []
        self.rejected: list[dict[str, str]] = []
        self._seen: set[str] = set()

    def attach(self, engine: Engine) -> None:
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._take_batch)
        engine.add_event_handler(Events.COMPLETED, self._finish)

    @property
    def columns(self) -> list[str]:
        """The header of ``predictions.csv``."""
        truth = ["lesion_id", "dx"] if self.truth else []
        measured = [name for name in (*MEASURED, UNFAMILIAR) if any(name in row for row in self.rows)]
        answer = ["prediction", "probability", "entropy", *measured, *self.classes]
        return [*self._case_column(), "image_id", "file", *truth, *answer, "mask_ok", "notes"]

    def _case_column(self) -> list[str]:
        return [CASE] if any(CASE in row for row in (*self.rows, *self.rejected)) else []

    def _start(self) -> None:
        self.rows, self.rejected, self._seen = [], [], set()
        prepare_folder(self.folder, written=SUMMARIES, stale=SUMMARIES, overwrite=self.overwrite)

    def _take_batch(self, engine: Engine) -> None:
        for item in items_of(engine):
            self._take(item)

    def _take(self, item: Mapping[str, Any]) -> None:
        image_id, reason = str(item["image_id"]), str(item.get("error", ""))
        if image_id.casefold() in self._seen:
            raise IntegrityError.about(image_id, "image_id", "stands twice in the input", expected="unique ids")
        self._seen.add(image_id.casefold())
        file = source_name(str(item["file"])) if "file" in item else ""
        case = {CASE: str(item[CASE])} if CASE in item else {}
        if not reason:
            try:
                self.rows.append({**case, "image_id": check_image_id(image_id), "file": file, **self._row(item)})
            except InvalidInputError as error:  # one bad picture never stops the others
                reason = str(error)
        if reason:
            self.rejected.append({**case, "image_id": image_id, "file": file, "reason": reason})

    def _row(self, item: Mapping[str, Any]) -> dict[str, str]:
        probabilities = self._probabilities(item)
        best = int(probabilities.argmax())
        row = {"prediction": self.classes[best], "probability": f"{probabilities[best]:.{DECIMALS}f}"}
        row["entropy"] = f"{predictive_entropy(probabilities).item():.{DECIMALS}f}"
        row |= {name: f"{item[name]:.{DECIMALS}f}" for name in MEASURED if name in item}
        row |= {code: f"{value:.{DECIMALS}f}" for code, value in zip(self.classes, probabilities, strict=True)}
        if self.truth:
            row |= {"lesion_id": str(item.get("lesion_id") or item["image_id"]), "dx": str(item["dx"])}
        return row | _about_mask(item.get("segmented")) | _about_training(item) | {"notes": _notes(item)}

    def _probabilities(self, item: Mapping[str, Any]) -> npt.NDArray[np.float64]:
        found = torch.as_tensor(item["pred"]).as_subclass(torch.Tensor).detach().cpu().double().numpy().reshape(-1)
        if len(found) != len(self.classes):
            problem = f"has {len(found)} probabilities"
            raise IntegrityError.about(
                str(item["image_id"]),
                "pred",
                problem,
                expected=f"{len(self.classes)}, one a class of {self.vocabulary}",
            )
        if not np.isfinite(found).all():
            raise InvalidInputError.about(
                str(item["image_id"]), "pred", "has values that are not finite", expected="probabilities"
            )
        return found

    def _finish(self) -> None:
        write_table(self.folder / PREDICTIONS, self.rows, self.columns)
        if self.vocabulary in SUBMISSIONS:
            order = SUBMISSIONS[self.vocabulary]
            never = f"{0:.{DECIMALS}f}"  # a column for what is no class of the model
            rows = [
                {"image": row["image_id"], **{code.upper(): row.get(code, never) for code in order}}
                for row in self.rows
            ]
            write_table(self.folder / SUBMISSION, rows, ["image", *(code.upper() for code in order)])
        if self.rejected:
            write_table(self.folder / REJECTED, self.rejected, [*self._case_column(), *REJECTED_COLUMNS])


def classes_of(vocabulary: str) -> tuple[str, ...]:
    """The codes of a vocabulary, in the order of a network's outputs."""
    if vocabulary not in VOCABULARIES:
        raise UsageError(f"vocabulary is {vocabulary!r}; expected one of {', '.join(VOCABULARIES)}")
    return VOCABULARIES[vocabulary]


def _about_mask(segmented: Any) -> dict[str, str]:
    """Whether the lesion mask was used; nothing where the network has no second stream."""
    if not isinstance(segmented, MetaTensor):
        return {"mask_ok": ""}
    return {"mask_ok": "true" if bool(segmented.meta.get("mask_ok")) else "false"}


def _about_training(item: Mapping[str, Any]) -> dict[str, str]:
    """Whether the picture is unlike those of training; nothing where nobody looked."""
    return {UNFAMILIAR: "true" if item[UNFAMILIAR] else "false"} if UNFAMILIAR in item else {}


def _notes(item: Mapping[str, Any]) -> str:
    image = item.get("image")
    noted = str(image.meta.get("notes", "")) if isinstance(image, MetaTensor) else ""
    return "; ".join(filter(None, [noted, UNFAMILIAR_NOTE if item.get(UNFAMILIAR) else ""]))
