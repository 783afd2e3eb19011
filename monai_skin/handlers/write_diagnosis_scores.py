# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The headline scores of an evaluation, in one small file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ignite.engine import Engine, Events

from monai_skin.errors import UsageError
from monai_skin.handlers.write_case_diagnoses import CASES
from monai_skin.handlers.write_diagnoses import CASE, PREDICTIONS, classes_of
from monai_skin.io import read_table, write_json
from monai_skin.labels import label_of
from monai_skin.metrics import (
    accuracy,
    balanced_accuracy,
    brier,
    expected_calibration_error,
    macro_auc,
    macro_f1,
    negative_log_likelihood,
    one_vs_rest_auc,
    sensitivity_at_specificity,
)

__all__ = ["WriteDiagnosisScores"]

SPECIFICITY = 0.95


class WriteDiagnosisScores:
    """Write ``metrics.json`` from the table of :class:`WriteDiagnoses`, which must be listed before it, with truth.

    These are point estimates, to see at a glance how an evaluation went. Intervals by lesion and comparisons of several
    models come from ``python -m monai_skin compare``, which reads the same table.

    Args:
        folder: where the table is and the file goes.
        vocabulary: name in :data:`monai_skin.labels.VOCABULARIES`.
        by_case: score the table of :class:`WriteCaseDiagnoses`, also listed before it, instead.
    """

    def __init__(self, *, folder: str, vocabulary: str, by_case: bool = False) -> None:
        self.folder, self.vocabulary, self.classes = Path(folder), vocabulary, classes_of(vocabulary)
        self.table, self.writer, self.key = (
            (CASES, "WriteCaseDiagnoses", CASE) if by_case else (PREDICTIONS, "WriteDiagnoses", "image_id")
        )

    def attach(self, engine: Engine) -> None:
        """Score when the run has ended; the scores become the engine's metrics too."""
        engine.add_event_handler(Events.COMPLETED, self)

    def __call__(self, engine: Engine) -> None:
        path = self.folder / self.table
        if not path.is_file():
            raise UsageError.about("WriteDiagnosisScores", self.table, "is absent", expected=f"{self.writer} before it")
        classes = self.classes
        rows = read_table(path, required=("dx", *classes))
        truth = np.array([label_of(row["dx"], self.vocabulary, source=row[self.key]) for row in rows])
        probabilities = np.array([[float(row[code]) for code in classes] for row in rows])
        areas = one_vs_rest_auc(truth, probabilities)
        scores = {
            "balanced_accuracy": balanced_accuracy(truth, probabilities),
            "accuracy": accuracy(truth, probabilities),
            "macro_f1": macro_f1(truth, probabilities),
            "macro_auc": macro_auc(truth, probabilities),
            **{f"auc_{code}": area for code, area in zip(classes, areas, strict=True)},
            "brier": brier(truth, probabilities),
            "negative_log_likelihood": negative_log_likelihood(truth, probabilities),
            "expected_calibration_error": expected_calibration_error(truth, probabilities),
        }
        if "mel" in classes:
            mel = classes.index("mel")
            scores["melanoma_sensitivity_at_95_specificity"] = sensitivity_at_specificity(
                truth == mel, probabilities[:, mel], SPECIFICITY
            )
        engine.state.metrics.update({name: float(value) for name, value in scores.items()})
        defined = {name: None if np.isnan(value) else float(value) for name, value in scores.items()}
        lesions = len({row.get("lesion_id") or row[self.key] for row in rows})
        write_json(self.folder / "metrics.json", {"images": len(rows), "lesions": lesions, "scores": defined})
