# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Bringing the concepts of images to one number, so that they fit into a batch."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from monai.config.type_definitions import KeysCollection
from monai.transforms import MapTransform, RandomizableTransform

from monai_skin.errors import InvalidInputError
from monai_skin.transforms.checks import check_finite, plain

__all__ = ["PadConcepts", "PadConceptsd", "mask_pad", "perturb_index"]

Mode = Literal["perturb_index", "jitter_copy", "masked", "none"]
_JITTER = 0.01  # of the standard deviation of a bag's numbers


def perturb_index(count: int, length: int, random: np.random.RandomState) -> npt.NDArray[np.int64]:
    """Which concept stands in each of ``length`` places, in order; chance decides where one gives way to the next.

    Place i begins at ``floor(i * count / length)``; where the next place begins at another concept, one of the two is
    drawn, each as likely. This is the resampling of CO2-Net, https://arxiv.org/abs/2107.12589. Each concept stands in
    about ``length / count`` places. Up to ``length / 2`` every one has a place; beyond, some are usually lost.

    Args:
        count: concepts there are, from 1 to ``length``.
        length: places.
        random: source of chance.

    Returns:
        ``(length,)``, never decreasing, from 0 to ``count - 1``.

    >>> perturb_index(3, 3, np.random.RandomState(0)).tolist()
    [0, 1, 2]
    """
    places = np.arange(length, dtype=np.int64)
    if count == length:
        return places
    first = places * count // length
    last = np.append(first[1:], count - 1)
    return random.randint(first, last + 1).astype(np.int64)


def mask_pad(concepts: torch.Tensor, length: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Zeros behind the concepts, and which places are not such zeros.

    Args:
        concepts: ``(m, width)``, m at most ``length``.
        length: places.

    Returns:
        ``(length, width)`` and ``(length,)`` bool.
    """
    missing = length - len(concepts)
    padded = torch.cat([concepts, concepts.new_zeros(missing, concepts.shape[1])])
    return padded, torch.arange(length) < len(concepts)


class PadConcepts(RandomizableTransform):
    """Bring a bag of concepts to a length: resampled, with noisy copies, with empty places, or not at all.

    Of more than ``length`` concepts the first are kept, in every mode: they come lesion first, then by score.

    With "perturb_index" and "jitter_copy" concepts occur several times, and the k best of a class may be copies of one:
    a network that averages the k best of n places averages about ``k * m / n`` of m concepts, for small bags the single
    best one. With "masked" and "none" it averages k different ones, and the result does not depend on the length.

    Args:
        length: places.
        mode: "perturb_index", see :func:`perturb_index`; "jitter_copy", concepts drawn again behind the others, with
            normal noise of a hundredth of the standard deviation of all numbers of the bag; "masked", see
            :func:`mask_pad`; "none", the bag as it is, for batches of one and :func:`collate_concept_bags`.

    Raises:
        InvalidInputError: concepts that are not ``(m, width)`` with at least one, or not finite.
    """

    def __init__(self, length: int = 30, mode: Mode = "perturb_index") -> None:
        super().__init__(prob=1.0)
        if length < 1:
            raise ValueError(f"length must be 1 or more, got {length}")
        if mode not in get_args(Mode):
            raise ValueError(f"mode must be one of {', '.join(get_args(Mode))}, got {mode!r}")
        self.length, self.mode = length, mode

    def __call__(
        self, concepts: torch.Tensor | npt.NDArray[Any], source: str = "item"
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ``(length, width)`` and ``(length,)`` bool, False in empty places; with "none", m in place of length.

        Args:
            concepts: ``(m, width)``.
            source: the item's name for messages.
        """
        bag = plain(concepts)
        if bag.ndim != 2 or 0 in bag.shape:
            problem, expected = f"has the shape {tuple(bag.shape)}", "(m, width) with one concept or more"
            raise InvalidInputError.about(source, "concepts", problem, expected=expected)
        check_finite(bag, source, "concepts")
        bag = bag[: self.length].clone()
        if self.mode == "masked":
            return mask_pad(bag, self.length)
        if self.mode == "perturb_index":
            bag = bag[torch.from_numpy(perturb_index(len(bag), self.length, self.R))]
        elif self.mode == "jitter_copy":
            bag = torch.cat([bag, self._copies(bag)])
        return bag, torch.ones(len(bag), dtype=torch.bool)

    def _copies(self, bag: torch.Tensor) -> torch.Tensor:
        missing = self.length - len(bag)
        drawn = torch.from_numpy(self.R.randint(len(bag), size=missing).astype(np.int64))
        noise = torch.from_numpy(self.R.normal(size=(missing, bag.shape[1]))).to(bag)
        return bag[drawn] + _JITTER * bag.std(correction=0) * noise


class PadConceptsd(RandomizableTransform, MapTransform):
    """Dictionary form of :class:`PadConcepts`.

    Args:
        keys: of the concepts; one.
        mask_key: where the ``(length,)`` bool goes.
        length: places.
        mode: as there.
        allow_missing_keys: do nothing to an item without concepts.
    """

    def __init__(
        self,
        keys: KeysCollection = "concepts",
        mask_key: Hashable = "concept_mask",
        length: int = 30,
        mode: Mode = "perturb_index",
        allow_missing_keys: bool = False,
    ) -> None:
        MapTransform.__init__(self, keys, allow_missing_keys)
        RandomizableTransform.__init__(self, 1.0)
        if len(self.keys) != 1:
            raise ValueError(f"keys must be a single one, since there is one mask, got {list(self.keys)}")
        self.mask_key = mask_key
        self.transform = PadConcepts(length, mode)

    def set_random_state(self, seed: int | None = None, state: np.random.RandomState | None = None) -> PadConceptsd:
        """Seed the draw; see MONAI's ``Randomizable``."""
        super().set_random_state(seed, state)
        self.transform.set_random_state(seed, state)
        return self

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        out = dict(data)
        source = str(data.get("image_id") or "item")
        for key in self.key_iterator(out):
            out[key], out[self.mask_key] = self.transform(out[key], source)
        return out
