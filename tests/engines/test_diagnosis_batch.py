# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a classifier is given of a batch."""

from __future__ import annotations

import torch
from monai.data import MetaTensor

from monai_skin.engines import PrepareDiagnosisBatch

BATCH = {
    "image": MetaTensor(torch.rand(2, 3, 4, 6), meta={"filename_or_obj": "a"}),
    "segmented": torch.rand(2, 3, 4, 6),
    "clinical": torch.rand(2, 4),
    "label": torch.tensor([3, 0], dtype=torch.int32),
}


def test_further_inputs_go_by_the_names_of_the_networks_arguments():
    image, target, rest, named = PrepareDiagnosisBatch(extra=["segmented", "clinical"])(BATCH, device="cpu")
    assert torch.equal(image, BATCH["image"].as_tensor())
    assert target.tolist() == [3, 0] and target.dtype is torch.int64
    assert rest == ()
    assert sorted(named) == ["clinical", "segmented"]
    assert torch.equal(named["clinical"], BATCH["clinical"])


def test_bags_of_concepts_and_their_masks_go_by_name_as_they_are():
    bags = {"concepts": torch.rand(2, 5, 8), "concept_mask": torch.arange(5).expand(2, -1) < 3}
    _, _, _, named = PrepareDiagnosisBatch(extra=["concepts", "concept_mask"])(BATCH | bags, device="cpu")
    assert torch.equal(named["concepts"], bags["concepts"])
    assert torch.equal(named["concept_mask"], bags["concept_mask"]) and named["concept_mask"].dtype is torch.bool


def test_images_come_in_the_order_convolutions_are_fast_in():
    image, _, _, named = PrepareDiagnosisBatch(extra=["segmented"])(BATCH)
    assert image.is_contiguous(memory_format=torch.channels_last)
    assert named["segmented"].is_contiguous(memory_format=torch.channels_last)


def test_the_network_never_sees_a_meta_tensor():
    assert type(PrepareDiagnosisBatch()(BATCH)[0]) is torch.Tensor


def test_without_a_target_none_is_looked_for():
    batch = {key: value for key, value in BATCH.items() if key != "label"}
    assert PrepareDiagnosisBatch(target=None)(batch)[1] is None
