# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a classifier was shown in training, as far as it is needed to tell what is unlike it, and the file of it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_described_tensors, write_described_tensors
from monai_skin.metrics.mahalanobis import ClassGaussians, mahalanobis_distance

__all__ = ["FAMILIARITY_FORMAT", "Familiarity", "pool_features", "read_familiarity", "write_familiarity"]

FAMILIARITY_FORMAT = 1
KIND = "familiarity"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Familiarity:
    """Where the features of training images lie, and how far from there is unusual.

    Args:
        gaussians: fitted on the training images' features.
        threshold: distance above which an image is unlike those of training.
        layer: the part of the network whose output, see :func:`pool_features`, are the features.
        weights_sha256: digest of the weight file the features come from; they mean nothing with other weights.
        classes: codes of the classes that had training images.
        fitted_on: what the data set was called.
        training_images: how many there were.
        validation_images: how many the threshold comes from.
        share: of the validation images that lie beyond the threshold.
    """

    gaussians: ClassGaussians
    threshold: float
    layer: str
    weights_sha256: str
    classes: tuple[str, ...]
    fitted_on: str
    training_images: int
    validation_images: int
    share: float

    def distances(self, features: npt.ArrayLike) -> Floats:
        """``(N,)`` distances of ``(N, F)`` features; see :func:`monai_skin.metrics.mahalanobis_distance`."""
        return mahalanobis_distance(features, self.gaussians)


def pool_features(output: torch.Tensor) -> torch.Tensor:
    """One vector an image, ``(B, F)``, of what a part of a network gave.

    Args:
        output: ``(B, F, h, w)``, a map, of which the mean over its places is taken; ``(B, N, F)`` tokens, likewise; or
            ``(B, F)`` already.

    Raises:
        InvalidInputError: another shape.
    """
    if output.ndim == 4:
        return output.mean(dim=(2, 3))
    if output.ndim == 3:
        return output.mean(dim=1)
    if output.ndim == 2:
        return output
    expected = "(B, F), (B, N, F) or (B, F, h, w)"
    raise InvalidInputError.about("layer", "output", f"has the shape {tuple(output.shape)}", expected=expected)


def write_familiarity(path: str | os.PathLike[str], familiarity: Familiarity) -> None:
    """Write the file that :func:`read_familiarity` reads: safetensors, in float32, with a description in JSON.

    Raises:
        StorageError: the disk is full, read-only or refuses us.
    """
    fields = {name: value for name, value in vars(familiarity).items() if name != "gaussians"}
    tensors = {
        name: torch.from_numpy(np.asarray(value, dtype=np.float32))
        for name, value in familiarity.gaussians._asdict().items()
    }
    write_described_tensors(path, tensors, {"format": FAMILIARITY_FORMAT, "kind": KIND, **fields})


def read_familiarity(path: str | os.PathLike[str]) -> Familiarity:
    """Read such a file, every field looked at before any is used.

    Raises:
        InvalidInputError: the file is missing or damaged, or a field or tensor is absent or cannot be used.
    """
    source = Path(path).name
    tensors, found = read_described_tensors(path)

    def field(name: str, is_good: Callable[[Any], bool], expected: str) -> Any:
        if name not in found or not is_good(found[name]):
            problem = f"is {str(found[name])[:80]!r}" if name in found else "is missing"
            raise InvalidInputError.about(source, name, problem, expected=expected)
        return found[name]

    field("format", lambda value: value == FAMILIARITY_FORMAT, str(FAMILIARITY_FORMAT))
    field("kind", lambda value: value == KIND, f'"{KIND}"')
    classes = field("classes", _are_texts, "a list of class codes")
    return Familiarity(
        gaussians=_gaussians(tensors, len(classes), source),
        threshold=float(field("threshold", _is_number, "a number")),
        layer=field("layer", _is_text, "the name of a part of the network"),
        weights_sha256=field("weights_sha256", _is_digest, "64 hexadecimal digits"),
        classes=tuple(classes),
        fitted_on=field("fitted_on", lambda value: isinstance(value, str), "the name of a set of images"),
        training_images=field("training_images", _is_count, "a whole number above 0"),
        validation_images=field("validation_images", _is_count, "a whole number above 0"),
        share=float(field("share", lambda value: _is_number(value) and 0 < value < 1, "a number between 0 and 1")),
    )


def _gaussians(tensors: Mapping[str, torch.Tensor], classes: int, source: str) -> ClassGaussians:
    whitening, means = tensors.get("whitening"), tensors.get("means")
    width = 0 if whitening is None else whitening.shape[-1]
    for name, tensor, shape in (("whitening", whitening, (width, width)), ("means", means, (classes, width))):
        if tensor is None or tuple(tensor.shape) != shape or not tensor.is_floating_point():
            problem = "is missing" if tensor is None else f"is {tensor.dtype} of shape {tuple(tensor.shape)}"
            raise InvalidInputError.about(source, name, problem, expected=f"numbers of shape {shape}")
        if not bool(torch.isfinite(tensor).all()):
            raise InvalidInputError.about(source, name, "has values that are not finite", expected="finite numbers")
    return ClassGaussians(*(tensors[name].double().numpy() for name in ClassGaussians._fields))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _is_count(value: Any) -> bool:
    return type(value) is int and value > 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _are_texts(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and bool(value) and all(map(_is_text, value))
