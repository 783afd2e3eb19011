# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One answer a case, where a case has several pictures of a kind and so several pairs."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
from ignite.engine import Engine, Events

from monai_skin.errors import UsageError
from monai_skin.handlers.run_output import items_of, prepare_folder
from monai_skin.handlers.write_diagnoses import DECIMALS, PREDICTIONS, classes_of
from monai_skin.io import read_table, write_table

__all__ = ["WriteCaseDiagnoses"]

CASES = "cases.csv"


class WriteCaseDiagnoses:
    """Write ``cases.csv`` from the table of :class:`WriteDiagnoses`, which must be listed before it.

    A row holds ``case_id``, ``pairs``, how many of them were answered, the most probable class and its probability, and
    one column a class with the mean probability of the pairs; ``dx`` as well where the table has the truth. A case none
    of whose pairs could be used has no row: ``rejected.csv`` names its pairs.

    Args:
        folder: where the table is and the file goes.
        vocabulary: name in :data:`monai_skin.labels.VOCABULARIES`.
        overwrite: replace the results of an earlier run instead of refusing.
    """

    def __init__(self, *, folder: str, vocabulary: str, overwrite: bool = False) -> None:
        self.folder, self.classes, self.overwrite = Path(folder), classes_of(vocabulary), overwrite
        self._case_of: dict[str, str] = {}

    def attach(self, engine: Engine) -> None:
        """Note the case of every item, and write when the run has ended."""
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._take_batch)
        engine.add_event_handler(Events.COMPLETED, self._finish)

    def _start(self) -> None:
        self._case_of = {}
        prepare_folder(self.folder, written=[CASES], stale=[CASES], overwrite=self.overwrite)

    def _take_batch(self, engine: Engine) -> None:
        self._case_of |= {str(item["image_id"]): str(item["case_id"]) for item in items_of(engine)}

    def _finish(self) -> None:
        path = self.folder / PREDICTIONS
        if not path.is_file():
            raise UsageError.about("WriteCaseDiagnoses", PREDICTIONS, "is absent", expected="WriteDiagnoses before it")
        cases = defaultdict(list)
        for row in read_table(path):
            written = row["image_id"]  # before an id that a spreadsheet would run the table has an apostrophe
            cases[self._case_of.get(written) or self._case_of[written.removeprefix("'")]].append(row)
        rows = [self._row(case_id, pairs) for case_id, pairs in cases.items()]
        truth = ["dx"] if any("dx" in row for row in rows) else []
        columns = ["case_id", "pairs", *truth, "prediction", "probability", *self.classes]
        write_table(self.folder / CASES, rows, columns)

    def _row(self, case_id: str, pairs: list[dict[str, str]]) -> dict[str, str]:
        mean = np.array([[float(row[code]) for code in self.classes] for row in pairs]).mean(axis=0)
        best = int(mean.argmax())
        truth = {"dx": pairs[0]["dx"]} if "dx" in pairs[0] else {}
        return {
            "case_id": case_id,
            "pairs": str(len(pairs)),
            **truth,
            "prediction": self.classes[best],
            "probability": f"{mean[best]:.{DECIMALS}f}",
            **{code: f"{value:.{DECIMALS}f}" for code, value in zip(self.classes, mean, strict=True)},
        }
