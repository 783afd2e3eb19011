# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What stands for a picture that could not be used."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from monai_skin.data import LesionDataset
from monai_skin.io import StandIn, read_image


def test_it_reads_as_the_picture_it_holds():
    grey = np.full((4, 6, 3), 128, np.uint8)
    pixels = read_image(StandIn(cv2.imencode(".png", grey)[1].tobytes())).pixels
    assert pixels.shape == (3, 4, 6) and (pixels == 128).all()


def test_a_data_set_hands_it_to_the_transforms_in_place_of_what_they_refused():
    seen = []

    def refuse(item):
        seen.append(item["image"])
        if not isinstance(item["image"], StandIn):
            raise ValueError("not this one")
        return {**item, "image": torch.zeros(3, 2, 2)}

    found = LesionDataset([{"image": "a.png", "image_id": "a"}], refuse, set_aside=True)[0]
    assert "not this one" in found["error"] and seen[0] == "a.png" and isinstance(seen[1], StandIn)
