# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What every way from a picture to concepts has in common."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from monai_skin.concepts.concept_set import ConceptSet
from monai_skin.concepts.settings import ExtractionSettings
from monai_skin.io import Picture

__all__ = ["ConceptProposer"]


class ConceptProposer(Protocol):
    """From a picture to its concepts.

    Args:
        settings: in full, with the digests of the weights in use.
        min_side: a JPEG may be decoded at a part of its size while its short side keeps this many pixels; None needs
            every pixel.
        takes_outlines: whether a lesion mask changes the result.
    """

    settings: ExtractionSettings
    min_side: int | None
    takes_outlines: bool

    def propose(self, picture: Picture, outline: npt.NDArray[np.bool_] | None = None) -> ConceptSet:
        """The concepts of a picture.

        Args:
            picture: upright.
            outline: ``(H, W)`` bool lesion mask of the picture, if there is one.

        Returns:
            At least one concept; boxes and masks in pixels of ``picture.full_size``.
        """
        ...
