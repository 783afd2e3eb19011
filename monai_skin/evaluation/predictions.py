# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""One model's probabilities beside the truth, read from ``predictions.csv``."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.evaluation.truth import Row, Truth, column_of, index_rows, parse_truth
from monai_skin.io import read_table, write_table
from monai_skin.labels import DIAGNOSES, VOCABULARIES
from monai_skin.metrics import SUM_TOLERANCE

__all__ = ["Predictions", "align", "malignant_score", "read_predictions", "write_predictions"]

_DECIMALS = 6


@dataclass(frozen=True)
class Predictions:
    """What one model says of N images.

    Args:
        name: what the model is called.
        classes: K codes, in the order of :data:`monai_skin.labels.VOCABULARIES`.
        image_ids: N ids, each once.
        lesion_ids: N; an image whose lesion is not known is a lesion of its own.
        truth: ``(N,)`` class indices, -1 where not known.
        probabilities: ``(N, K)``, each row adding up to 1.
    """

    name: str
    classes: tuple[str, ...]
    image_ids: tuple[str, ...]
    lesion_ids: tuple[str, ...]
    truth: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float64]

    def take(self, order: Sequence[int] | npt.NDArray[np.int64]) -> Predictions:
        """The images at these places, in this order."""
        return replace(
            self,
            image_ids=tuple(self.image_ids[index] for index in order),
            lesion_ids=tuple(self.lesion_ids[index] for index in order),
            truth=self.truth[np.asarray(order, dtype=np.int64)],
            probabilities=self.probabilities[np.asarray(order, dtype=np.int64)],
        )

    def having(self, probabilities: npt.NDArray[np.float64], name: str | None = None) -> Predictions:
        """The same images with other ``(N, K)`` probabilities, and perhaps another name."""
        return replace(self, probabilities=probabilities, name=self.name if name is None else name)

    def one_image_a_lesion(self) -> Predictions:
        """Of each lesion the image with the first id, for tests that take images as independent."""
        first: dict[str, int] = {}
        for index in sorted(range(len(self.image_ids)), key=lambda one: self.image_ids[one]):
            first.setdefault(self.lesion_ids[index], index)
        return self.take(sorted(first.values()))


def read_predictions(
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    truth: Mapping[str, Truth] | None = None,
    need_truth: bool = True,
) -> Predictions:
    """Read ``predictions.csv``, ``cases.csv``, or a submission to an ISIC challenge.

    It needs ``image_id`` (or ``image``, or ``case_id`` as in ``cases.csv``) and one column a class, named by its code
    in any case; together the codes must be those of one data set in :data:`monai_skin.labels.VOCABULARIES`.
    ``lesion_id`` is used where it is there.

    Args:
        path: the table.
        name: of the model; by default the file's name, or that of its folder where the file is ``predictions.csv``.
        truth: as :func:`monai_skin.evaluation.read_truth` gives it. It may hold further images, and goes before the
            table's own column ``dx``, which serves for the images it does not hold.
        need_truth: refuse an image whose truth is not known.

    Raises:
        InvalidInputError: a column is missing, classes are those of no data set, an image is missing or stands twice, a
            truth is missing or no class, or probabilities are no numbers from 0 to 1 or do not add up to 1; naming row
            and column.
    """
    file = Path(path).name
    rows = index_rows(read_table(path), file)
    header = next(iter(rows.values()))[1]
    classes = _classes(header, file)
    columns = [column_of(header, code) or code for code in classes]
    if need_truth and truth is None and column_of(header, "dx") is None:
        raise InvalidInputError.about(file, "header", "lacks dx", expected="it, or a table of the truth besides")
    values = [_probabilities(row, columns, source) for source, row in rows.values()]
    known = [_truth(image_id, row, source, truth) for image_id, (source, row) in rows.items()]
    places = zip(known, rows.values(), strict=True)
    labels = [-1 if not (one.dx or need_truth) else _label(one.dx, classes, source) for one, (source, _) in places]
    return Predictions(
        name=_name_of(Path(path)) if name is None else name,
        classes=classes,
        image_ids=tuple(rows),
        lesion_ids=tuple(one.lesion_id or image_id for one, image_id in zip(known, rows, strict=True)),
        truth=np.array(labels, dtype=np.int64),
        probabilities=np.array(values),
    )


def _name_of(path: Path) -> str:
    return path.absolute().parent.name if path.stem == "predictions" else path.stem


def _classes(header: Row, file: str) -> tuple[str, ...]:
    found = {column.casefold() for column in header} & DIAGNOSES.keys()
    for codes in VOCABULARIES.values():
        if found == set(codes):
            return codes
    wanted = " or ".join(f"{name} ({', '.join(codes)})" for name, codes in VOCABULARIES.items())
    problem = f"are {', '.join(sorted(found)) or 'absent'}"
    raise InvalidInputError.about(file, "class columns", problem, expected=f"those of {wanted}")


def _probabilities(row: Row, columns: Sequence[str], source: str) -> list[float]:
    values = []
    for column in columns:
        try:
            value = float(row[column])
        except ValueError:
            value = math.nan
        if not 0 <= value <= 1:
            problem = f"is {row[column]!r}"
            raise InvalidInputError.about(source, f"column {column}", problem, expected="a probability from 0 to 1")
        values.append(value)
    if abs(sum(values) - 1) > SUM_TOLERANCE:
        raise InvalidInputError.about(source, "probabilities", f"add up to {sum(values):.4g}", expected="1")
    return values


def _truth(image_id: str, row: Row, source: str, truth: Mapping[str, Truth] | None) -> Truth:
    lesion_id = row.get("lesion_id", "").strip()
    if truth is not None and image_id in truth:
        return Truth(truth[image_id].dx, truth[image_id].lesion_id or lesion_id)
    if column_of(row, "dx") is not None:
        return Truth(parse_truth(row, source), lesion_id)
    if truth is None:
        return Truth("", lesion_id)
    raise InvalidInputError.about(source, "image", f"is {image_id!r}", expected="an image of the table of the truth")


def _label(dx: str, classes: Sequence[str], source: str) -> int:
    if dx not in classes:
        raise InvalidInputError.about(
            source, "truth", f"is {dx or 'unknown'!r}", expected=f"one of {', '.join(classes)}"
        )
    return classes.index(dx)


def malignant_score(model: Predictions) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Which images are of a malignant class, ``(N,)``, and the probability of all malignant classes together."""
    malignant = [index for index, code in enumerate(model.classes) if DIAGNOSES[code].malignant]
    return np.isin(model.truth, malignant), model.probabilities[:, malignant].sum(axis=1)


def align(models: Sequence[Predictions]) -> list[Predictions]:
    """All models' predictions in the first one's order of images, with the lesions that any of the tables names.

    Raises:
        UsageError: they are of different classes or different images.
        InvalidInputError: they disagree on the truth or the lesion of an image.
    """
    first = models[0]
    moved = [_in_order_of(first, model) for model in models]
    lesion_ids = tuple(_agreed_lesion(moved, index) for index in range(len(first.image_ids)))
    for model in moved:
        for index in np.flatnonzero(model.truth != first.truth):
            codes = [one.classes[one.truth[index]] if one.truth[index] >= 0 else "unknown" for one in (model, first)]
            _refuse_difference("truth", first.image_ids[index], [*zip(codes, (model.name, first.name), strict=True)])
    return [replace(model, lesion_ids=lesion_ids) for model in moved]


def _in_order_of(first: Predictions, model: Predictions) -> Predictions:
    if model.classes != first.classes:
        problem = f"are {', '.join(model.classes)}"
        raise UsageError.about(model.name, "classes", problem, expected=f"those of {first.name}")
    place = {image_id: index for index, image_id in enumerate(model.image_ids)}
    odd = place.keys() ^ set(first.image_ids)
    if odd:
        problem = f"are not those of {first.name}: {len(odd)} are in one of the two only, such as {min(odd)}"
        raise UsageError.about(model.name, "images", problem, expected="the same images for every model")
    return model.take([place[image_id] for image_id in first.image_ids])


def _agreed_lesion(models: Sequence[Predictions], index: int) -> str:
    """The lesion of an image; a table that does not know it names the image itself, which contradicts nothing."""
    image_id = models[0].image_ids[index]
    named = {model.lesion_ids[index]: model.name for model in models if model.lesion_ids[index] != image_id}
    if len(named) > 1:
        _refuse_difference("lesion_id", image_id, [*named.items()])
    return next(iter(named), image_id)


def _refuse_difference(field: str, image_id: str, found: Sequence[tuple[str, str]]) -> None:
    (ours, here), (theirs, there) = found[:2]
    problem = f"is {ours!r} in {here} and {theirs!r} in {there}"
    raise InvalidInputError.about(image_id, field, problem, expected="the same in both")


def write_predictions(
    path: str | os.PathLike[str],
    predictions: Predictions,
    measures: Mapping[str, npt.NDArray[np.float64]] | None = None,
) -> None:
    """Write ``image_id``, ``lesion_id``, ``dx``, measures and one column of probabilities a class, six decimals each.

    A truth that is not known gives an empty cell. ``measures`` have a column name and ``(N,)`` numbers each.

    Raises:
        StorageError: the disk is full, read-only or refuses us.
    """
    codes = (*predictions.classes, "")  # the last for -1
    extra = dict(measures or {})
    rows = [
        {"image_id": image_id, "lesion_id": lesion_id, "dx": codes[label]}
        | {name: f"{values[index]:.{_DECIMALS}f}" for name, values in extra.items()}
        | {code: f"{value:.{_DECIMALS}f}" for code, value in zip(predictions.classes, values, strict=True)}
        for index, (image_id, lesion_id, label, values) in enumerate(
            zip(
                predictions.image_ids, predictions.lesion_ids, predictions.truth, predictions.probabilities, strict=True
            )
        )
    ]
    write_table(path, rows, ["image_id", "lesion_id", "dx", *extra, *predictions.classes])
