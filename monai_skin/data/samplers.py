# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Which images an epoch shows, and how often, where some classes are rare and some lesions pictured many times."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from torch.utils.data import Sampler

from monai_skin.data.items import Item
from monai_skin.errors import InvalidInputError, UsageError

__all__ = ["ClassBalancedSampler", "LesionSampler"]

_T = TypeVar("_T")


class _HasItems(Protocol):
    data: list[Item]


class _EpochSampler(Sampler[int], ABC):
    """Draws with replacement from a generator that depends on the seed and the epoch alone."""

    def __init__(self, dataset: _HasItems, num_samples: int | None, seed: int) -> None:
        self.labels = _labels(dataset.data)
        self.num_samples = len(self.labels) if num_samples is None else num_samples
        if self.num_samples < 1:
            raise UsageError(f"num_samples is {self.num_samples}; expected 1 or more")
        self.seed, self.epoch = seed, 0

    def __len__(self) -> int:
        return self.num_samples

    def __iter__(self) -> Iterator[int]:
        return iter(self._draw(np.random.default_rng((self.seed, self.epoch))))

    def set_epoch(self, epoch: int) -> None:
        """Draw other images from now on; call it before each epoch."""
        self.epoch = epoch

    @abstractmethod
    def _draw(self, random: np.random.Generator) -> list[int]:
        """Indices of one epoch."""


class ClassBalancedSampler(_EpochSampler):
    r"""Draw images with replacement, those of rare classes more often.

    An image of a class with :math:`n` images weighs :math:`1 / n^{power}`. With ``beta`` it weighs
    :math:`(1 - \beta) / (1 - \beta^n)` instead, one over the effective number of Cui et al., "Class-Balanced Loss Based
    on Effective Number of Samples", CVPR 2019, https://arxiv.org/abs/1901.05555.

    An epoch depends on ``seed`` and :meth:`set_epoch` alone, so a training that was interrupted goes on as if it had
    not been; give the sampler to :class:`monai_skin.handlers.SeedEpochs`.

    Args:
        dataset: its items carry an integer ``label``.
        power: 1 makes all classes equally likely, 0.5 moves half of the way, 0 leaves them as they are.
        beta: from 0, which leaves the classes as they are, to just below 1, which makes them equal.
        num_samples: images an epoch; as many as there are if None.
        seed: of the whole training.

    Raises:
        InvalidInputError: naming an item without a label.
        UsageError: when a number is out of range.
    """

    def __init__(
        self,
        dataset: _HasItems,
        *,
        power: float = 1.0,
        beta: float | None = None,
        num_samples: int | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(dataset, num_samples, seed)
        if beta is not None and not 0 <= beta < 1:
            raise UsageError(f"beta is {beta}; expected 0 or more and less than 1")
        _, place, counts = np.unique(self.labels, return_inverse=True, return_counts=True)
        rarity = counts ** -float(power) if beta is None else (1 - beta) / (1 - beta**counts)
        self.weights: npt.NDArray[np.float64] = rarity[place] / rarity[place].sum()

    def _draw(self, random: np.random.Generator) -> list[int]:
        drawn: list[int] = random.choice(len(self.weights), self.num_samples, p=self.weights).tolist()
        return drawn


class LesionSampler(_EpochSampler):
    """Draw a class, then a lesion of the class, then an image of the lesion, each with equal chances.

    So a lesion pictured ten times is not seen ten times as often as one pictured once. With ``batch_size`` no lesion
    stands twice in a batch; a class whose lesions are all in the batch already is passed over.

    An epoch depends on ``seed`` and :meth:`set_epoch` alone, as of :class:`ClassBalancedSampler`.

    Args:
        dataset: its items carry an integer ``label``.
        group_key: what makes a group, such as ``lesion_id``, ``patient_id`` or ``sex``. An item without it is a group
            by itself.
        batch_size: that of the data loader, for at most one image of a group in each batch; None lets them repeat.
        num_samples: images an epoch; as many as there are if None.
        seed: of the whole training.

    Raises:
        InvalidInputError: naming an item without a label.
        UsageError: when a number is out of range, or there are fewer groups than ``batch_size``.
    """

    def __init__(
        self,
        dataset: _HasItems,
        *,
        group_key: str = "lesion_id",
        batch_size: int | None = None,
        num_samples: int | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(dataset, num_samples, seed)
        images: dict[int, dict[Hashable, list[int]]] = defaultdict(lambda: defaultdict(list))
        for index, (label, item) in enumerate(zip(self.labels, dataset.data, strict=True)):
            images[label][_group(item, group_key)].append(index)
        self._classes = [list(images[label].items()) for label in sorted(images)]
        groups = {group for groups in self._classes for group, _ in groups}
        self.batch_size = 1 if batch_size is None else batch_size
        if not 1 <= self.batch_size <= len(groups):
            expected = f"1 to {len(groups)}, which is the number of groups by {group_key}"
            raise UsageError(f"batch_size is {batch_size}; expected {expected}")

    def _draw(self, random: np.random.Generator) -> list[int]:
        drawn: list[int] = []
        while len(drawn) < self.num_samples:
            in_batch: set[Hashable] = set()
            for _ in range(min(self.batch_size, self.num_samples - len(drawn))):
                group, index = self._draw_one(random, in_batch)
                in_batch.add(group)
                drawn.append(index)
        return drawn

    def _draw_one(self, random: np.random.Generator, in_batch: set[Hashable]) -> tuple[Hashable, int]:
        def pick(members: Sequence[_T]) -> _T:
            return members[int(random.integers(len(members)))]

        groups = pick([groups for groups in self._classes if any(group not in in_batch for group, _ in groups)])
        group, images = pick(groups)
        if group in in_batch:  # to look for the others every time would take seconds an epoch
            group, images = pick([(other, images) for other, images in groups if other not in in_batch])
        return group, pick(images)


def _labels(items: Sequence[Item]) -> list[int]:
    for item in items:
        if not isinstance(item.get("label"), int):
            problem = "is missing" if item.get("label") is None else f"is {item['label']!r}"
            raise InvalidInputError.about(str(item["image_id"]), "label", problem, expected="the number of a class")
    if not items:
        raise InvalidInputError.about("sampler", "dataset", "is empty", expected="at least one item")
    return [item["label"] for item in items]


def _group(item: Item, key: str) -> Hashable:
    """The value of ``key``, or for an item without one a name nothing else has."""
    value = item.get(key)
    return ("image", item["image_id"]) if value in (None, "") else ("group", value)
