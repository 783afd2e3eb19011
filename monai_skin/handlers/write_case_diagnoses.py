# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One answer a case, where a case has several pictures of a kind and so several pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from ignite.engine import Engine, Events

from monai_skin.errors import UsageError
from monai_skin.handlers.run_output import prepare_folder
from monai_skin.handlers.write_diagnoses import CASE, DECIMALS, PREDICTIONS, classes_of
from monai_skin.io import read_table, write_table
from monai_skin.metrics import case_means

__all__ = ["WriteCaseDiagnoses"]

CASES = "cases.csv"


class WriteCaseDiagnoses:
    """Write ``cases.csv`` from the table of :class:`WriteDiagnoses`, which must be listed before it.

    A row holds ``case_id``, ``pairs``, how many of them were answered, the most probable class and its probability, and
    one column a class with the mean probability of the pairs; ``dx`` as well where the table has the truth. A case none
    of whose pairs could be used has no row: ``rejected.csv`` names it. ``evaluate`` and ``compare`` read the table.

    Args:
        folder: where the table is and the file goes.
        vocabulary: name in :data:`monai_skin.labels.VOCABULARIES`.
        overwrite: replace the results of an earlier run instead of refusing.

    Attributes:
        rows: of ``cases.csv``, when the run has ended.

    Raises:
        UsageError: the table is absent, or its items have no case; or as :class:`WriteDiagnoses`.
    """

    def __init__(self, *, folder: str, vocabulary: str, overwrite: bool = False) -> None:
        self.folder, self.classes, self.overwrite = Path(folder), classes_of(vocabulary), overwrite
        self.rows: list[dict[str, str]] = []

    def attach(self, engine: Engine) -> None:
        """Write when the run has ended."""
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.COMPLETED, self._finish)

    def _start(self) -> None:
        self.rows = []
        prepare_folder(self.folder, written=[CASES], stale=[CASES], overwrite=self.overwrite)

    def _finish(self) -> None:
        path = self.folder / PREDICTIONS
        if not path.is_file():
            raise UsageError.about("WriteCaseDiagnoses", PREDICTIONS, "is absent", expected="WriteDiagnoses before it")
        pairs = read_table(path)
        if any(CASE not in row for row in pairs):
            raise UsageError.about("WriteCaseDiagnoses", CASE, "is in no item", expected="it beside image_id")
        values = np.array([[float(row[code]) for code in self.classes] for row in pairs])
        means = case_means([row[CASE] for row in pairs], values.reshape(len(pairs), len(self.classes)))
        self.rows = [
            {CASE: case, "pairs": str(count), **_truth(pairs[first]), **self._answer(probabilities)}
            for case, first, count, probabilities in zip(*means, strict=True)
        ]
        truth = ["dx"] if any("dx" in row for row in self.rows) else []
        columns = [CASE, "pairs", *truth, "prediction", "probability", *self.classes]
        write_table(self.folder / CASES, self.rows, columns)

    def _answer(self, probabilities: npt.NDArray[np.float64]) -> dict[str, str]:
        best = int(probabilities.argmax())
        return {
            "prediction": self.classes[best],
            "probability": f"{probabilities[best]:.{DECIMALS}f}",
            **{code: f"{value:.{DECIMALS}f}" for code, value in zip(self.classes, probabilities, strict=True)},
        }


def _truth(row: dict[str, str]) -> dict[str, str]:
    return {"dx": row["dx"]} if "dx" in row else {}
