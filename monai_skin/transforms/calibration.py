# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Three ways to make probabilities mean what they say: one temperature, or numbers or a curve for each class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch

__all__ = [
    "Calibration",
    "IsotonicCalibration",
    "TemperatureCalibration",
    "VectorCalibration",
    "apply_temperature",
]


@dataclass(frozen=True, kw_only=True)
class Calibration(ABC):
    """How probabilities are to be changed, and what that was fitted for; each kind adds its numbers.

    Args:
        classes: codes of the K classes, in the order of the network's outputs.
        fitted_on: what the images were called.
        images: how many there were.
    """

    kind: ClassVar[str]
    classes: tuple[str, ...]
    fitted_on: str
    images: int

    @abstractmethod
    def apply(self, probabilities: torch.Tensor) -> torch.Tensor:
        """Calibrated probabilities.

        Args:
            probabilities: ``(..., K)`` floating point, adding up to 1 over the last dimension.

        Returns:
            Same shape and dtype, adding up to 1; NaN where a probability of the row is NaN.
        """


@dataclass(frozen=True, kw_only=True)
class TemperatureCalibration(Calibration):
    """The same temperature for all classes, see :func:`apply_temperature`.

    Args:
        temperature: above 1 it makes probabilities more even, below 1 more extreme.
    """

    kind = "temperature"
    temperature: float

    def apply(self, probabilities: torch.Tensor) -> torch.Tensor:
        return apply_temperature(probabilities, self.temperature)


@dataclass(frozen=True, kw_only=True)
class VectorCalibration(Calibration):
    """Softmax of the logarithms times a scale plus a bias a class: vector scaling.

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, https://arxiv.org/abs/1706.04599. With all scales
    1 / T and all biases 0 it is the temperature T. The most probable class may become another.

    Args:
        scales: K, above 0.
        biases: K; adding one number to all of them changes nothing.
    """

    kind = "vector"
    scales: tuple[float, ...]
    biases: tuple[float, ...]

    def apply(self, probabilities: torch.Tensor) -> torch.Tensor:
        scales, biases = (probabilities.new_tensor(each, dtype=torch.float64) for each in (self.scales, self.biases))
        return torch.softmax(_logarithms(probabilities) * scales + biases, dim=-1).to(probabilities.dtype)


@dataclass(frozen=True, kw_only=True)
class IsotonicCalibration(Calibration):
    """Each class's probability through a curve of its own that never falls, then divided by the row's sum.

    Zadrozny and Elkan, "Transforming classifier scores into accurate multiclass probability estimates", KDD 2002,
    https://doi.org/10.1145/775047.775151. Between two thresholds the curve is straight, beyond the ends it is level. A
    row whose classes all come out as 0 stays as it is. The most probable class may become another.

    Args:
        thresholds: for each class one or more probabilities in ascending order.
        values: for each class what its thresholds become, in [0, 1] and never falling.
    """

    kind = "isotonic"
    thresholds: tuple[tuple[float, ...], ...]
    values: tuple[tuple[float, ...], ...]

    def apply(self, probabilities: torch.Tensor) -> torch.Tensor:
        given = probabilities.double()
        curves = zip(given.unbind(dim=-1), self.thresholds, self.values, strict=True)
        mapped = torch.stack([_interpolated(*curve) for curve in curves], dim=-1)
        total = mapped.sum(dim=-1, keepdim=True)
        return torch.where(total == 0, given, mapped / total).to(probabilities.dtype)


def apply_temperature(probabilities: torch.Tensor, temperature: float) -> torch.Tensor:
    """Softmax of the logarithms over ``temperature``, which is the softmax of the logits over it.

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, https://arxiv.org/abs/1706.04599. The order of
    an image's classes stays as it is; only how far apart they are changes.

    Args:
        probabilities: ``(..., K)`` floating point, adding up to 1 over the last dimension.
        temperature: above 0; 1 changes nothing.

    Returns:
        Same shape and dtype.

    >>> [round(value, 3) for value in apply_temperature(torch.tensor([0.9, 0.1]), 2.0).tolist()]
    [0.75, 0.25]
    """
    return torch.softmax(_logarithms(probabilities) / temperature, dim=-1).to(probabilities.dtype)


def _logarithms(probabilities: torch.Tensor) -> torch.Tensor:
    """In float64; a probability of 0 counts as what float32 tells from 0, so that its logarithm stays finite."""
    return probabilities.double().clamp_min(torch.finfo(torch.float32).tiny).log()


def _interpolated(given: torch.Tensor, thresholds: tuple[float, ...], values: tuple[float, ...]) -> torch.Tensor:
    x, y = (given.new_tensor(each) for each in (thresholds, values))
    inside = given.clamp(thresholds[0], thresholds[-1])  # NaN stays NaN
    if len(x) == 1:
        return inside - x[0] + y[0]
    right = torch.searchsorted(x, inside.contiguous()).clamp(1, len(x) - 1)
    share = (inside - x[right - 1]) / (x[right] - x[right - 1])
    return torch.lerp(y[right - 1], y[right], share)
