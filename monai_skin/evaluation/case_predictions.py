# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One answer a case, from the answers to its several images or pairs."""

from __future__ import annotations

import numpy as np

from monai_skin.errors import InvalidInputError
from monai_skin.evaluation.predictions import Predictions

__all__ = ["mean_by_case"]


def mean_by_case(predictions: Predictions) -> Predictions:
    """The mean probabilities of every case, which is what a table's ``lesion_id`` names; ids are those of the cases.

    In data sets of cases and of pairs ``lesion_id`` is the case. An image without one is a case of its own.

    Returns:
        A row a case, in the order in which the cases first occur.

    Raises:
        InvalidInputError: images of one case have different truths.
    """
    first: dict[str, int] = {}
    for index, case in enumerate(predictions.lesion_ids):
        first.setdefault(case, index)
    place = {case: row for row, case in enumerate(first)}
    row_of = np.array([place[case] for case in predictions.lesion_ids], dtype=np.int64)
    for index, case in enumerate(predictions.lesion_ids):
        one, other = predictions.truth[first[case]], predictions.truth[index]
        if one != other:
            names = [predictions.classes[label] if label >= 0 else "unknown" for label in (one, other)]
            problem = f"is {names[0]!r} and {names[1]!r}"
            raise InvalidInputError.about(case, "truth", problem, expected="one diagnosis for all images of a case")
    sums = np.zeros((len(place), len(predictions.classes)))
    np.add.at(sums, row_of, predictions.probabilities)
    kept = predictions.take(list(first.values()))
    return Predictions(
        name=predictions.name,
        classes=predictions.classes,
        image_ids=kept.lesion_ids,
        lesion_ids=kept.lesion_ids,
        truth=kept.truth,
        probabilities=sums / np.bincount(row_of, minlength=len(place))[:, None],
    )
