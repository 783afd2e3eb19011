# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Image and target out of a batch."""

from __future__ import annotations

import torch
from monai.data import MetaTensor

from monai_skin.engines import PrepareLesionBatch


def test_the_mask_is_the_target_and_the_diagnosis_is_not():
    batch = {
        "image": torch.rand(2, 3, 4, 4),
        "mask": torch.ones(2, 1, 4, 4, dtype=torch.uint8),
        "label": torch.tensor([1, 2]),
    }
    image, target = PrepareLesionBatch(target="mask")(batch, "cpu")
    assert torch.equal(image, batch["image"])
    assert target is not None and target.dtype is torch.float32 and target.shape == (2, 1, 4, 4)


def test_without_a_target_there_is_only_an_image():
    _, target = PrepareLesionBatch()({"image": torch.rand(1, 3, 4, 4), "label": torch.tensor([1])}, "cpu")
    assert target is None


def test_the_image_keeps_what_is_needed_to_invert_it_and_is_channels_last():
    image, _ = PrepareLesionBatch()({"image": MetaTensor(torch.rand(2, 3, 8, 8), meta={"full_size": (9, 9)})}, "cpu")
    assert isinstance(image, MetaTensor) and image.meta["full_size"] == (9, 9)
    assert image.is_contiguous(memory_format=torch.channels_last)
