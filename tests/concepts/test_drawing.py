# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""A drawing shows where the concepts are."""

from __future__ import annotations

import numpy as np
import pytest

from monai_skin.concepts import draw_concepts
from monai_skin.errors import IntegrityError


def test_boxes_and_masks_are_drawn_and_the_picture_is_left_alone(concepts):
    image = np.full((3, 4, 6), 128, np.uint8)
    drawn = draw_concepts(image, concepts)
    assert drawn.shape == (3, 4, 6) and drawn.dtype == np.uint8 and (image == 128).all()
    assert (drawn != image).any(0)[1:3, 2:5].all()  # the lesion is tinted
    only = draw_concepts(image, concepts, [1])
    assert (only[:, :, 5] == 128).all()  # the second concept ends at column 2, its label may reach further


def test_concepts_of_a_picture_of_another_size_are_refused(concepts):
    with pytest.raises(IntegrityError, match="concepts are of 4 x 6 pixels; expected 5 x 6"):
        draw_concepts(np.zeros((3, 5, 6), np.uint8), concepts)
