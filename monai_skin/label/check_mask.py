# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a file is a lesion mask of a picture."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from monai_skin.errors import InvalidInputError
from monai_skin.io import image_size, read_mask

__all__ = ["check_mask"]


def check_mask(label: str | os.PathLike[str], image: str | os.PathLike[str], *, name: str) -> npt.NDArray[np.bool_]:
    """Return the mask ``(H, W)`` in ``label``, which must be as large as the upright picture.

    Raises:
        InvalidInputError: it is no mask, or of another size; ``name`` stands for the picture in the message.
    """
    source = f"label of {name}"
    mask, size = read_mask(label, source=source), image_size(image)
    if mask.shape != size:
        problem = f"is {mask.shape[1]} x {mask.shape[0]} pixels for a picture of {size[1]} x {size[0]}"
        raise InvalidInputError.about(source, "size", problem, expected="the size of the upright picture")
    return mask
