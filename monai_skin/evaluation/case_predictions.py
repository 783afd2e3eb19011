# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One answer a case, from the answers to its several images or pairs."""

from __future__ import annotations

from monai_skin.errors import InvalidInputError
from monai_skin.evaluation.predictions import Predictions
from monai_skin.metrics import case_means

__all__ = ["mean_by_case"]


def mean_by_case(predictions: Predictions) -> Predictions:
    """The mean probabilities of every case, which is what a table's ``lesion_id`` names; ids are those of the cases.

    In data sets of cases and of pairs ``lesion_id`` is the case. An image without one is a case of its own.

    Returns:
        A row a case, in the order in which the cases first occur.

    Raises:
        InvalidInputError: images of one case have different truths.
    """
    means = case_means(predictions.lesion_ids, predictions.probabilities)
    truth_of = dict(zip(means.cases, predictions.truth[means.first].tolist(), strict=True))
    for case, truth in zip(predictions.lesion_ids, predictions.truth.tolist(), strict=True):
        if truth != truth_of[case]:
            names = [predictions.classes[label] if label >= 0 else "unknown" for label in (truth_of[case], truth)]
            problem = f"is {names[0]!r} and {names[1]!r}"
            raise InvalidInputError.about(case, "truth", problem, expected="one diagnosis for all images of a case")
    return Predictions(
        name=predictions.name,
        classes=predictions.classes,
        image_ids=means.cases,
        lesion_ids=means.cases,
        truth=predictions.truth[means.first],
        probabilities=means.probabilities,
    )
