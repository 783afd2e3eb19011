# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The concepts of one picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from monai_skin.concepts.rle import decode_rle, encode_rle
from monai_skin.errors import InvalidInputError

__all__ = ["WHOLE_IMAGE", "ConceptSet"]

Floats = npt.NDArray[np.float32]
WHOLE_IMAGE = "image"
"""Phrase of the one concept of a picture in which nothing was found."""


@dataclass(frozen=True)
class ConceptSet:
    """What was found in one picture, in order: the lesion first, then by score.

    Args:
        vectors: ``(m, D)`` float32, D is 256 for every published model.
        boxes: ``(m, 4)`` float32: left, top, right and bottom in pixels of the upright picture.
        scores: ``(m,)`` float32 in [0, 1].
        phrase_ids: ``(m,)`` int32, into ``phrases``.
        phrases: each once.
        runs: for each concept its mask as :func:`encode_rle` writes it.
        size: rows and columns of the upright picture.
        image_digest: SHA-256 of the picture's file; empty until it is cached.
        outline_digest: SHA-256 of the lesion mask that was given, or empty.

    Raises:
        InvalidInputError: naming the array whose shape or values do not fit the others.
    """

    vectors: Floats
    boxes: Floats
    scores: Floats
    phrase_ids: npt.NDArray[np.int32]
    phrases: tuple[str, ...]
    runs: tuple[npt.NDArray[np.int32], ...]
    size: tuple[int, int]
    image_digest: str = ""
    outline_digest: str = ""

    def __post_init__(self) -> None:
        m = len(self.vectors)
        _expect(self.vectors.ndim == 2 and m > 0, "vectors", f"have shape {self.vectors.shape}", "(m, D), m at least 1")
        shapes = {"boxes": (m, 4), "scores": (m,), "phrase_ids": (m,)}
        for name, shape in shapes.items():
            found = getattr(self, name).shape
            _expect(found == shape, name, f"have shape {found}", f"{shape}")
        for name in ("vectors", "boxes", "scores"):
            _expect(bool(np.isfinite(getattr(self, name)).all()), name, "are not finite", "finite numbers")
        known = bool(((self.phrase_ids >= 0) & (self.phrase_ids < len(self.phrases))).all())
        _expect(known, "phrase_ids", "name no phrase", f"0 to {len(self.phrases) - 1}")
        _expect(len(self.runs) == m, "runs", f"are {len(self.runs)}", f"{m}, one a concept")
        pixels = self.size[0] * self.size[1]
        whole = all(int(runs.sum(dtype=np.int64)) == pixels and (runs >= 0).all() for runs in self.runs)
        _expect(whole, "runs", "do not cover the picture", f"{self.size[0]} x {self.size[1]} pixels in each")

    def __len__(self) -> int:
        return len(self.vectors)

    def mask(self, index: int) -> npt.NDArray[np.bool_]:
        """``(H, W)`` bool of one concept."""
        return decode_rle(self.runs[index], self.size, source=f"concept {index}")

    def phrase(self, index: int) -> str:
        """What a concept was found as."""
        return self.phrases[int(self.phrase_ids[index])]

    def of_file(self, image_digest: str, outline_digest: str = "") -> ConceptSet:
        """The same concepts, of the file with this digest, found with the help of this lesion mask."""
        return replace(self, image_digest=image_digest, outline_digest=outline_digest)

    @classmethod
    def whole_image(cls, vector: Floats, size: tuple[int, int]) -> ConceptSet:
        """One concept that is the picture itself, where nothing was found in it.

        Args:
            vector: ``(D,)`` of the whole picture.
            size: rows and columns.
        """
        rows, columns = size
        return cls(
            vectors=vector[None].astype(np.float32),
            boxes=np.array([[0, 0, columns, rows]], np.float32),
            scores=np.ones(1, np.float32),
            phrase_ids=np.zeros(1, np.int32),
            phrases=(WHOLE_IMAGE,),
            runs=(encode_rle(np.ones(size, np.bool_)),),
            size=size,
        )


def _expect(condition: bool, field: str, problem: str, expected: str) -> None:
    if not condition:
        raise InvalidInputError.about("concepts", field, problem, expected=expected)
