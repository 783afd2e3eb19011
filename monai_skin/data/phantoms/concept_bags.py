# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Made-up images with bags of concepts, where a class is known only from one concept and one place together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from monai_skin.errors import UsageError

__all__ = ["BAG_CLASSES", "ConceptBags", "make_concept_bags"]

BAG_CLASSES = 4
_CELL, _GRID = 4, 4  # pixels a side of a cell, cells a side of an image
_COLOURS = np.array([[1.0, 0.3, 0.2], [0.2, 1.0, 0.3], [0.3, 0.2, 1.0]])  # each adds up to 1.5
_KINDS = 7  # of concepts; 0 and 1 are the two sorts of lesion, the others are body parts
_LESIONS = 2
_PROTOTYPES_SEED = 20240914


class ConceptBags(NamedTuple):
    """Images with concepts.

    Args:
        image: ``(N, 3, 16, 16)`` float32, noise about 0 and on three cells up to 1.5.
        concepts: ``(N, n, width)`` float32.
        label: ``(N,)`` class, from 0 to 3.
        planted: ``(N,)``, which concept is the lesion.
        place: ``(N,)``, which of the 16 cells, row by row, bears the class.
    """

    image: torch.Tensor
    concepts: torch.Tensor
    label: torch.Tensor
    planted: torch.Tensor
    place: torch.Tensor


def make_concept_bags(count: int, *, seed: int, concepts: int = 30, width: int = 32, noise: float = 0.1) -> ConceptBags:
    """Draw images of 4 x 4 cells with a bag of concepts each; the same numbers always give the same bags.

    Three cells, somewhere, are coloured, each in a colour of its own, and have lying or standing stripes, each by
    chance; the rest is noise. Every concept is of a kind and of a colour, and its vector the sum of a vector for each
    and of noise. Exactly one concept is a lesion, of one of two sorts; the others are body parts of several kinds.

    **The class is twice the sort of the lesion plus the stripes on the cell that has the lesion's colour.** So neither
    half decides. Who knows the concepts alone is right in 1/2 of all bags, since the stripes are anyone's guess. Who
    knows the image alone is right in 3/8: stripes that most of the three cells have are the right ones in 3/4, and the
    sort is a guess. Who knows the sort of the lesion and the stripes, but not which cell is meant, is right in 3/4.

    Args:
        count: images.
        seed: of the draw. What kinds and colours look like is always the same, so that bags of two seeds may serve as
            training and test.
        concepts: in a bag, at least 1.
        width: of a concept vector, at least the ten that kinds and colours need.
        noise: standard deviation of what is added to every number; vectors of kinds and colours have length 1.

    Raises:
        UsageError: too few concepts or too small a width.
    """
    if concepts < 1 or width < _KINDS + len(_COLOURS):
        problem = f"are {concepts} concepts of width {width}"
        expected = f"one concept or more, of width {_KINDS + len(_COLOURS)} or more"
        raise UsageError.about("concept bags", "sizes", problem, expected=expected)
    random = np.random.default_rng(seed)
    rows, planted = np.arange(count), random.integers(concepts, size=count)

    kind = random.integers(_LESIONS, _KINDS, size=(count, concepts))
    kind[rows, planted] = random.integers(_LESIONS, size=count)
    colour = random.integers(len(_COLOURS), size=(count, concepts))
    kinds, colours = _prototypes(width)
    vectors = kinds[kind] + colours[colour] + noise * random.normal(size=(count, concepts, width))

    of_lesion = colour[rows, planted]
    stripes = random.integers(2, size=(count, len(_COLOURS)))  # on the cell of each colour
    cells = random.permuted(np.tile(np.arange(_GRID**2), (count, 1)), axis=1)[:, : len(_COLOURS)]
    image = noise * random.normal(size=(count, 3, _GRID**2, _CELL, _CELL))
    for index, paint in enumerate(_COLOURS):
        image[rows, :, cells[:, index]] += paint[:, None, None] * _stripes()[stripes[:, index], None]
    image = image.reshape(count, 3, _GRID, _GRID, _CELL, _CELL).transpose(0, 1, 2, 4, 3, 5)
    return ConceptBags(
        torch.from_numpy(image.reshape(count, 3, _GRID * _CELL, _GRID * _CELL).astype(np.float32)),
        torch.from_numpy(vectors.astype(np.float32)),
        torch.from_numpy(2 * kind[rows, planted] + stripes[rows, of_lesion]),
        torch.from_numpy(planted),
        torch.from_numpy(cells[rows, of_lesion]),
    )


def _prototypes(width: int) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float64]], ...]:
    """Orthonormal vectors of the kinds and of the colours."""
    random = np.random.default_rng(_PROTOTYPES_SEED)
    square, _ = np.linalg.qr(random.normal(size=(width, width)))
    return square[:_KINDS], square[_KINDS : _KINDS + len(_COLOURS)]


def _stripes() -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    """Lying and standing ones, ``(2, cell, cell)`` of 0.5 and 1.5."""
    row, column = np.indices((_CELL, _CELL))
    return 0.5 + np.stack([row % 2, column % 2]).astype(np.float64)
