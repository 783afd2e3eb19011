# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The dataset: the same pictures for any number of workers, and the same errors."""

from __future__ import annotations

import os

import cv2
import numpy as np
import pytest
import torch
from monai.data import MetaTensor
from monai.transforms import Compose, MapTransform, RandFlipd, RandGaussianNoised, Randomizable

from monai_skin.data import LesionDataLoader, LesionDataset
from monai_skin.errors import InvalidInputError, StorageError, UsageError
from monai_skin.transforms import EncodeClinicalMetadatad


class Load(MapTransform):
    """A picture from a number, or from the bytes of a stand-in; refuses what ``bad`` names."""

    calls = 0

    def __init__(self, bad: tuple[int, ...] = ()) -> None:
        super().__init__("image")
        self.bad = bad

    def __call__(self, data):
        type(self).calls += 1
        value = data["image"]
        if value in self.bad:
            raise InvalidInputError.about("pic.jpg", "image", "is cut off", expected="all of it")
        if isinstance(value, bytes):
            value = int(cv2.imdecode(np.frombuffer(value, np.uint8), cv2.IMREAD_COLOR).mean())
        image = MetaTensor(torch.full((3, 8, 8), float(value)), meta={"number": value})
        image.push_applied_operation({"class": "Load", "extra_info": {}})
        return {**data, "image": image}


class AddInPlace(MapTransform):
    """A deterministic transform of bad manners."""

    def __call__(self, data):
        data["image"] += 1
        data["image"].meta["number"] = -1
        data["image"].push_applied_operation({"class": "AddInPlace"})
        return data


class Die(MapTransform):
    """Ends its process the hard way."""

    def __call__(self, data):
        if data["image_id"] == "i3":
            os._exit(9)
        return data


def items(count: int = 8):
    return [{"image": n, "image_id": f"i{n}", "age": None if n % 2 else 30.0} for n in range(count)]


def pipeline(bad: tuple[int, ...] = ()) -> Compose:
    return Compose([Load(bad), RandFlipd("image", prob=0.5), RandGaussianNoised("image", prob=1.0)])


def run(dataset: LesionDataset, epochs: int = 2, **words) -> list[torch.Tensor]:
    loader = LesionDataLoader(dataset, batch_size=3, **words)
    seen = []
    for epoch in range(epochs):
        dataset.set_epoch(epoch)
        seen.append(torch.cat([batch["image"].as_tensor() for batch in loader]))
    return seen


@pytest.fixture(scope="module")
def straight():
    return run(LesionDataset(items(), pipeline()))


@pytest.mark.parametrize("words", [{"num_workers": 2}, {"num_workers": 2, "persistent_workers": True}])
def test_d4_another_number_of_workers_sees_the_same_pictures(straight, words):
    torch.testing.assert_close(run(LesionDataset(items(), pipeline()), **words), straight, rtol=0, atol=0)


@pytest.mark.parametrize("cache_rate", [0.4, 1.0])
def test_a_cache_changes_nothing_but_time(straight, cache_rate):
    cached = LesionDataset(items(), pipeline(), cache_rate=cache_rate, progress=False)
    torch.testing.assert_close(run(cached), straight, rtol=0, atol=0)


def test_d3_a_later_epoch_needs_no_earlier_one(straight):
    resumed = LesionDataset(items(), pipeline())
    resumed.set_epoch(1)
    assert torch.equal(torch.stack([resumed[n]["image"].as_tensor() for n in range(8)]), straight[1])


def test_epochs_seeds_and_items_differ(straight):
    assert not torch.equal(*straight)
    assert not torch.equal(run(LesionDataset(items(), pipeline(), seed=1), 1)[0], straight[0])
    noise = straight[0] - torch.arange(8.0)[:, None, None, None]
    assert not torch.equal(noise[0], noise[1])


def test_an_items_picture_does_not_depend_on_its_place_in_the_list():
    turned = LesionDataset(items()[::-1], pipeline())
    assert torch.equal(turned[7]["image"], LesionDataset(items(), pipeline())[0]["image"])


def test_the_cache_runs_the_leading_deterministic_transforms_once():
    Load.calls = 0
    dataset = LesionDataset(items(4), pipeline(), cache_rate=1.0, progress=False)
    run(dataset, 3)
    assert Load.calls == 4


def test_what_is_cached_is_not_changed_by_what_follows():
    dataset = LesionDataset(items(2), Compose([Load(), Mark(), AddInPlace("image")]), cache_rate=1.0, progress=False)
    first, again = dataset[0], dataset[0]
    assert torch.equal(first["image"], again["image"])
    assert len(again["image"].applied_operations) == 2
    assert dataset._cache[0]["image"].meta["number"] == 0


class Mark(MapTransform, Randomizable):
    """Random by name only; ends the part that is cached."""

    def __init__(self) -> None:
        super().__init__("image")

    def __call__(self, data):
        return data


def test_a_compose_inside_ends_the_part_that_is_cached():
    Load.calls = 0
    dataset = LesionDataset(items(2), Compose([Compose([Load()])]), cache_rate=1.0, progress=False)
    assert (Load.calls, dataset._cache) == (0, [])


def test_a_missing_age_is_nan_so_that_batches_can_hold_it():
    (batch,) = LesionDataLoader(LesionDataset(items(4), Compose([Load()])), batch_size=4)
    assert batch["age"].isnan().tolist() == [False, True, False, True]


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_d8_an_error_in_a_worker_keeps_its_type_and_item(workers):
    with pytest.raises(InvalidInputError) as caught:
        run(LesionDataset(items(), pipeline(bad=(5,))), num_workers=workers)
    assert str(caught.value) == "i5: pic.jpg: image is cut off; expected all of it"
    assert caught.value.source == "i5"


def test_d8_an_error_while_the_cache_fills_names_the_item():
    with pytest.raises(InvalidInputError, match=r"^i5: pic\.jpg: image is cut off"):
        LesionDataset(items(), pipeline(bad=(5,)), cache_rate=1.0, progress=False)


def test_d8_an_error_of_another_kind_becomes_ours():
    dataset = LesionDataset([{"image": "word", "image_id": "i0"}], pipeline())
    with pytest.raises(InvalidInputError, match="i0: transform failed with ValueError"):
        dataset[0]


@pytest.mark.parametrize("workers", [1, 2])
def test_d7_a_killed_worker_is_an_error_that_names_the_item(workers):
    dataset = LesionDataset(items(), Compose([Load(), Die("image")]))
    with pytest.raises(
        StorageError, match=r"data loader: worker was killed while at work on i3; expected enough memory"
    ):
        run(dataset, num_workers=workers)


@pytest.mark.parametrize("cache_rate", [0.0, 1.0])
def test_f3_what_cannot_be_used_is_set_aside_with_its_reason(cache_rate):
    dataset = LesionDataset(items(3), pipeline(bad=(1,)), set_aside=True, cache_rate=cache_rate, progress=False)
    (batch,) = LesionDataLoader(dataset, batch_size=3)
    assert batch["error"] == ["", "i1: pic.jpg: image is cut off; expected all of it", ""]
    assert batch["image"].shape == (3, 3, 8, 8)
    assert batch["image"][1].as_tensor().mean() == pytest.approx(128, abs=1)
    assert batch["file"] == ["0", "1", "2"]


def test_places_and_shares_outside_their_range_are_refused():
    with pytest.raises(UsageError, match="cache_rate is 1.5; expected a share from 0 to 1"):
        LesionDataset([], cache_rate=1.5)
    dataset = LesionDataset(items(2))
    assert (len(dataset), dataset[-1]["image_id"], dataset.at_work()) == (2, "i1", [])
    with pytest.raises(IndexError):
        dataset[2]


def test_f3_an_item_whose_site_cannot_be_used_is_set_aside_as_well():
    data = [
        {**item, "age": 40.0, "sex": "male", "site": site}
        for item, site in zip(items(2), ["back", "moon"], strict=True)
    ]
    encode = EncodeClinicalMetadatad(age_mean=50, age_std=10, sites=["back"])
    sound, aside = LesionDataset(data, Compose([Load(), encode]), set_aside=True, progress=False)
    assert sound["error"] == "" and sound["clinical"].tolist() == [-1, 0, 2, 1]
    assert "site is 'moon'" in aside["error"] and aside["clinical"].tolist() == [0, 1, 0, 0]
