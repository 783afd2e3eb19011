# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What a training draws at random lies over a picture and over its mask alike, and nothing but training draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from monai.bundle import ConfigParser
from monai.transforms import Compose, Randomizable

from monai_skin.data import LesionDataset
from monai_skin.io import write_image, write_mask
from monai_skin.networks import DeepUNet
from tests.bundles.diagnosis import NETWORKS, SMALL, merged

ROWS, COLUMNS = 96, 128
BUNDLES = ["lesion_segmentation", *sorted(NETWORKS)]
SIZES = {"image_size": [ROWS, COLUMNS], "max_shift": [6, 8]}


@pytest.fixture(scope="module")
def item(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A red lesion on blue skin that looks different however it is turned, and its mask."""
    folder = tmp_path_factory.mktemp("item")
    mask = np.zeros((ROWS, COLUMNS), bool)
    mask[20:60, 30:100] = True
    mask[60:80, 30:50] = True
    picture = np.where(mask, np.array([200, 60, 40])[:, None, None], np.array([40, 60, 200])[:, None, None])
    write_image(folder / "a.png", picture.astype(np.uint8))
    write_mask(folder / "a_mask.png", mask)
    paths = {"image": str(folder / "a.png"), "mask": str(folder / "a_mask.png")}
    return {**paths, "image_id": "a", "label": 4, "age": 40.0, "sex": "male", "site": "back"}


def drawn(config: ConfigParser, item: dict[str, Any], epochs: int = 8) -> list[dict[str, Any]]:
    """The item as the training of a bundle sees it in each of several epochs."""
    dataset = LesionDataset([item], config.get_parsed_content("train#preprocessing"), seed=3)
    found = []
    for epoch in range(epochs):
        dataset.set_epoch(epoch)
        found.append(dataset[0])
    assert not torch.equal(torch.as_tensor(found[0]["image"]), torch.as_tensor(found[1]["image"]))
    return found


def red(image: torch.Tensor) -> torch.Tensor:
    """Where a normalised picture shows the lesion: neither skin nor the border left by turning."""
    return torch.as_tensor(image[0] - image[2] > 1)


def test_the_segmented_picture_shows_the_lesion_of_the_picture_and_nothing_else(item):
    config = merged("dual_encoder_diagnosis", "train.json")
    config.update(SIZES)
    for seen in drawn(config, item):
        lesion = red(seen["image"])
        same = (seen["image"] == seen["segmented"]).all(dim=0) & seen["image"].any(dim=0)
        assert 0.1 < lesion.float().mean() < 0.6
        assert (same & lesion).sum() > 0.9 * lesion.sum(), "all but its border, where pixels are mixed"
        assert (same & ~lesion).sum() < 0.01 * (~lesion).sum()


def test_the_mask_to_be_learnt_lies_on_the_lesion_of_the_picture(item):
    config = merged("lesion_segmentation", "train.json")
    config.update(SIZES)
    for seen in drawn(config, item):
        lesion, mask = red(seen["image"]), torch.as_tensor(seen["mask"])[0] > 0
        assert 2 * (lesion & mask).sum() > 0.95 * (lesion.sum() + mask.sum())


@pytest.mark.parametrize("name", BUNDLES)
def test_validation_and_inference_draw_nothing_at_random(name):
    train, inference = merged(name, "train.json"), merged(name, "inference.json")
    prepared = [train.get_parsed_content(f"{part}#preprocessing") for part in ("train", "validate")]
    prepared.append(inference.get_parsed_content("preprocessing"))
    random = [[step for step in flat(each) if isinstance(step, Randomizable)] for each in prepared]
    assert len(random[0]) >= 3 and random[1:] == [[], []]


def flat(transform: Compose) -> list[Any]:
    return list(transform.flatten().transforms)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_classifier_holds_no_network_that_outlines_and_trains_no_weight_but_its_own(name):
    config = merged(name, "train.json")
    config.update({**SMALL, **NETWORKS[name]})
    network, optimizer = config.get_parsed_content("network_def"), config.get_parsed_content("optimizer")
    assert not any(isinstance(part, DeepUNet) for part in network.modules())
    stepped = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    assert {id(parameter) for parameter in stepped} == {id(parameter) for parameter in network.parameters()}
