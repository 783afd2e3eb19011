# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""How unsure a classifier is of an image, from its probabilities or logits alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp
from scipy.stats import entropy

from monai_skin.errors import InvalidInputError

__all__ = ["free_energy", "mutual_information", "predictive_entropy"]

Floats = npt.NDArray[np.float64]


def predictive_entropy(probabilities: npt.ArrayLike) -> Floats:
    """Entropy of the probabilities divided by that of K classes equally probable.

    Args:
        probabilities: ``(..., K)``, scaled to add up to 1.

    Returns:
        ``(...)``, from 0, all on one class, to 1, all classes alike.

    >>> predictive_entropy([0.5, 0.5, 0, 0]).item()
    0.5
    """
    values = _checked(probabilities, "probabilities", 1)
    return np.asarray(entropy(values, axis=-1) / np.log(values.shape[-1]), dtype=np.float64)


def mutual_information(members: npt.ArrayLike) -> Floats:
    """How far apart several answers to the same image lie: entropy of their mean minus the mean of their entropies.

    This is the mutual information of the class and the choice of a member, the part of the entropy that is there
    because the members disagree; the rest is there because each of them is unsure. Houlsby et al., "Bayesian Active
    Learning for Classification and Preference Learning", 2011, https://arxiv.org/abs/1112.5745; for views of one image
    as members, Wang et al., "Aleatoric uncertainty estimation with test-time augmentation", Neurocomputing 2019,
    https://arxiv.org/abs/1807.07356.

    Args:
        members: ``(M, ..., K)`` probabilities of M networks or views, each scaled to add up to 1.

    Returns:
        ``(...)``, divided by the logarithm of K as :func:`predictive_entropy` is: from 0, where all members agree or
        there is one, to at most 1, and at most ``log M / log K``.

    >>> mutual_information([[1, 0], [0, 1]]).item()
    1.0
    """
    values = _checked(members, "members", 2)
    scaled = values / values.sum(axis=-1, keepdims=True)
    spread: Floats = predictive_entropy(scaled.mean(axis=0)) - predictive_entropy(scaled).mean(axis=0)
    return np.maximum(spread, 0)  # it is never negative but by rounding


def free_energy(logits: npt.ArrayLike, temperature: float = 1.0) -> Floats:
    r"""The energy of an image, :math:`-T \log \sum_k \exp(z_k / T)`: higher for images unlike those of training.

    Liu et al., "Energy-based Out-of-distribution Detection", NeurIPS 2020, https://arxiv.org/abs/2010.03759. Unlike
    the highest probability, it sees how large the logits are altogether, which a softmax takes away.

    Args:
        logits: ``(..., K)``, before any calibration.
        temperature: T, above 0.

    Returns:
        ``(...)``, any number; what is high depends on the network.

    Raises:
        ValueError: the temperature is not above 0.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")
    values = _checked(logits, "logits", 1)
    return np.asarray(-temperature * logsumexp(values / temperature, axis=-1), dtype=np.float64)


def _checked(values: npt.ArrayLike, field: str, dimensions: int) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if found.ndim < dimensions or found.shape[-1] < 2 or found.shape[0] == 0:
        expected = "(M, ..., K)" if dimensions == 2 else "(..., K)"
        raise InvalidInputError.about(
            "uncertainty", field, f"have the shape {found.shape}", expected=f"{expected} with two or more classes"
        )
    return found
