# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Write what age, sex and site did to the probability of a class: exact Shapley values, a row a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from ignite.engine import Engine, Events
from monai.inferers import Inferer, SimpleInferer
from torch import nn

from monai_skin.handlers.explained_batch import CLINICAL_VALUES, explained_batch, index_of
from monai_skin.handlers.run_output import prepare_folder
from monai_skin.handlers.write_diagnoses import classes_of
from monai_skin.interpretability import (
    CLINICAL_FIELDS,
    clinical_grid,
    exact_shapley,
    function_of_clinical,
    read_clinical_background,
    takes_clinical,
)
from monai_skin.io import write_table
from monai_skin.transforms import read_calibration

__all__ = ["WriteClinicalValues"]

COLUMNS = ("image_id", "class", "base", *CLINICAL_FIELDS, "sum")
_DIGITS = 6


class WriteClinicalValues:
    """Write ``clinical.csv``: the mean probability over other people, what each field adds, and their sum.

    ``base`` is the mean probability of the class for this picture with age, sex and site of every person of the
    background, ``age``, ``sex`` and ``site`` what the person's own add to it, by :func:`exact_shapley`, and ``sum`` the
    probability of the prediction. They are differences of probabilities, calibrated as the predictions are. A field
    that is unknown has a value too: what not knowing it does. For a network without metadata nothing is written.

    Args:
        folder: where to write; made if absent.
        network: the classifier, with its weights loaded by a handler before this one.
        vocabulary: name in :data:`monai_skin.labels.VOCABULARIES`, whose order the network's outputs have.
        age_mean: of the item's ``clinical`` numbers, in years; see
            :func:`monai_skin.transforms.encode_clinical_metadata`.
        age_std: likewise.
        sites: likewise.
        inputs: keys of the items that are the network's arguments, with ``clinical`` among them.
        target: code of the class; None takes the most probable one of each picture.
        background: CSV with the people to compare with, see :func:`read_clinical_background`; None takes
            :func:`clinical_grid`.
        calibration: the file the predictions were calibrated by; None for none.
        inferer: what calls the network for one view of a picture, to compute in the precision of the predictions;
            MONAI's ``SimpleInferer`` if None.
        overwrite: replace the results of an earlier run instead of refusing.

    Raises:
        UsageError: no such vocabulary or class, or ``folder`` holds results and ``overwrite`` is off.
        InvalidInputError: ``background`` or ``calibration`` cannot be used.
    """

    def __init__(
        self,
        *,
        folder: str,
        network: nn.Module,
        vocabulary: str,
        age_mean: float,
        age_std: float,
        sites: Sequence[str],
        inputs: Sequence[str] = ("image", "clinical"),
        target: str | None = None,
        background: str | None = None,
        calibration: str | None = None,
        inferer: Inferer | None = None,
        overwrite: bool = False,
    ) -> None:
        self.classes = classes_of(vocabulary)
        self.target = index_of(target, self.classes)
        self.folder, self.network, self.inputs = Path(folder), network, tuple(inputs)
        scale = {"age_mean": age_mean, "age_std": age_std}
        self.background = (
            clinical_grid(**scale, sites=sites)
            if background is None
            else read_clinical_background(background, **scale, sites=sites)
        )
        self.calibration = None if calibration is None else read_calibration(calibration)
        self.inferer, self.overwrite = inferer or SimpleInferer(), overwrite
        self.rows: list[dict[str, str]] = []

    def attach(self, engine: Engine) -> None:
        engine.add_event_handler(Events.STARTED, self._start)
        if takes_clinical(self.network):
            engine.add_event_handler(Events.ITERATION_COMPLETED, self._take_batch)
            engine.add_event_handler(Events.COMPLETED, self._finish)

    def _start(self) -> None:
        self.rows = []
        prepare_folder(self.folder, written=[CLINICAL_VALUES], stale=[CLINICAL_VALUES], overwrite=self.overwrite)

    def _take_batch(self, engine: Engine) -> None:
        batch = explained_batch(engine, self.network, self.inputs, self.target)
        if batch is None:
            return
        for number, (item, index) in enumerate(zip(batch.items, batch.target.tolist(), strict=True)):
            values = self._values(batch.one(number), index)
            numbers = zip(COLUMNS[2:], values.tolist(), strict=True)
            cells = {name: f"{round(value, _DIGITS) + 0.0:.{_DIGITS}f}" for name, value in numbers}  # never -0
            self.rows.append({"image_id": str(item["image_id"]), "class": self.classes[index], **cells})

    def _values(self, inputs: dict[str, torch.Tensor], index: int) -> torch.Tensor:
        """Base, one number a field, and their sum."""
        made: list[Callable[[torch.Tensor], torch.Tensor]] = []

        def logits(rows: torch.Tensor) -> torch.Tensor:
            if not made:  # within the inferer, since it runs what sees the picture
                made.append(function_of_clinical(self.network, inputs))
            return made[0](rows)

        def probability(rows: torch.Tensor) -> torch.Tensor:
            found = self.inferer(rows, logits).softmax(dim=1)
            calibrated = found if self.calibration is None else self.calibration.apply(found)
            return calibrated[:, index : index + 1]

        row = inputs["clinical"][0]
        found = exact_shapley(probability, row, self.background.to(row))
        parts = torch.cat([found.base, found.values[:, 0]])
        return torch.cat([parts, parts.sum(dim=0, keepdim=True)])

    def _finish(self) -> None:
        write_table(self.folder / CLINICAL_VALUES, self.rows, COLUMNS)
