# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Promises that all public transforms keep, tested over all of them at once.

A transform added to the package without a row in :data:`CASES` fails ``test_every_transform_has_a_case``.
"""

from __future__ import annotations

import copy
import inspect
import pickle

import numpy as np
import pytest
import torch
from monai.data import DataLoader, Dataset, MetaTensor, decollate_batch
from monai.transforms import Compose, InvertibleTransform, MapTransform, Randomizable, Transform
from PIL import Image

from monai_skin import transforms
from monai_skin.errors import InvalidInputError
from tests.transforms.images import disc, skin

ROWS, COLUMNS = 90, 120
PUBLIC = {
    name: thing
    for name, thing in vars(transforms).items()
    if name in transforms.__all__ and inspect.isclass(thing) and issubclass(thing, Transform)
}
CLINICAL = {"age_mean": 50.0, "age_std": 15.0}
# dictionary transform -> its arguments; the array transform takes the same, without the keys
CASES = {
    "AddSpeckled": {"keys": "image", "sigma": 0.1},
    "AdjustColord": {"keys": "image", "brightness": 1.1, "hue": 0.03},
    "ApplyLesionMaskd": {"keys": "image", "fill": "mean"},
    "CalibrateProbabilitiesd": {"keys": "pred"},
    "CleanLesionMaskd": {"keys": "mask"},
    "CropLesiond": {"keys": "image"},
    "EncodeClinicalMetadatad": CLINICAL,
    "FitLesionImaged": {"keys": "image", "spatial_size": [48, 48]},
    "LoadDermoscopyd": {"keys": "image_file"},
    "LoadLesionMaskd": {"keys": "mask_file"},
    "LoadUltrasoundd": {"keys": "image_file"},
    "NormalizeImageNetd": {"keys": "image"},
    "PadConceptsd": {"keys": "concepts", "length": 9},
    "RandColorJitterd": {"keys": "image"},
    "RandSpeckled": {"keys": "image", "sigma": 0.2},
    "RemoveHaird": {"keys": "image"},
    "ShadesOfGrayd": {"keys": "image"},
}
READS_FILES = {"LoadDermoscopyd", "LoadLesionMaskd", "LoadUltrasoundd"}
TAKES_NO_IMAGE = READS_FILES | {"CalibrateProbabilitiesd", "EncodeClinicalMetadatad", "PadConceptsd"}
RANDOM = {"RandColorJitterd": "AdjustColord", "RandSpeckled": "AddSpeckled"}  # to its deterministic twin
DRAWS_AN_INDEX = {"PadConceptsd"}  # and then looks up; two of its modes draw nothing
every = pytest.mark.parametrize("name", sorted(CASES))
every_of_images = pytest.mark.parametrize("name", sorted(CASES.keys() - TAKES_NO_IMAGE))


@pytest.fixture
def item(tmp_path):
    image, mask = skin(ROWS, COLUMNS), disc(ROWS, COLUMNS)
    Image.fromarray(image.permute(1, 2, 0).numpy()).save(tmp_path / "lesion.png")
    Image.fromarray(mask[0].numpy() * 255).save(tmp_path / "mask.png")
    meta = {"filename_or_obj": "lesion.png", "full_size": (ROWS, COLUMNS)}
    return {
        "image": MetaTensor(image, meta=meta),
        "mask": MetaTensor(mask, meta=meta),
        "image_file": str(tmp_path / "lesion.png"),
        "mask_file": str(tmp_path / "mask.png"),
        "age": 47.0,
        "sex": "female",
        "site": "back",
        "pred": torch.tensor([0.7, 0.3]),
        "concepts": torch.arange(12.0).reshape(4, 3),
    }


def build(name):
    return PUBLIC[name](**CASES[name])


def seeded(transform, seed=3):
    return transform.set_random_state(seed=seed) if isinstance(transform, Randomizable) else transform


def same(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(torch.as_tensor(a), torch.as_tensor(b))
    return a == b


def test_every_transform_has_a_case():
    assert set(CASES) == {name for name in PUBLIC if name.endswith("d") and name.removesuffix("d") in PUBLIC}
    assert {name.removesuffix("d") for name in CASES} | set(CASES) == set(PUBLIC)


@every
def test_the_item_is_not_modified(name, item):
    before, history = copy.deepcopy(item), len(item["image"].applied_operations)
    out = build(name)(item)
    assert out is not item and item.keys() == before.keys()
    assert all(same(item[key], before[key]) for key in before)
    assert item["image"].meta.keys() == before["image"].meta.keys() and len(item["image"].applied_operations) == history


@every_of_images
def test_the_output_shares_no_memory_with_the_item(name, item):
    key = CASES[name]["keys"]
    before = item[key].clone()
    out = build(name)(item)[key]
    out += 1
    assert same(item[key], before)


@every
def test_pickles_for_workers_and_then_gives_the_same(name, item):
    transform = build(name)
    restored = pickle.loads(pickle.dumps(transform))
    first, second = seeded(transform)(item), seeded(restored)(item)
    assert all(same(first[key], second[key]) for key in first)


@every
def test_the_same_seed_gives_the_same_result_whatever_came_before(name, item):
    transform = build(name)
    first = seeded(transform)(item)
    transform(item)
    again = seeded(transform)(item)
    assert all(same(first[key], again[key]) for key in first)


@every
def test_the_global_random_state_is_neither_used_nor_moved(name, item):
    state, torch_state = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002 - the state looked after
    seeded(build(name))(item)
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), torch_state)


def test_every_random_transform_has_a_deterministic_twin():
    assert {name for name in CASES if issubclass(PUBLIC[name], Randomizable)} == set(RANDOM) | DRAWS_AN_INDEX


@pytest.mark.parametrize("name", sorted(RANDOM))
@pytest.mark.parametrize("seed", range(5))
def test_a_random_transform_is_replayed_from_its_record(name, seed, item):
    key = CASES[name]["keys"]
    out = seeded(build(name), seed)(item)[key]
    record = out.applied_operations[-1]
    assert record["class"] == name.removesuffix("d")
    replayed = PUBLIC[RANDOM[name]](keys=key, **record["extra_info"])(item)[key]
    assert same(out, replayed) and not same(out, item[key])


@every
def test_what_invertible_transforms_did_is_undone_to_the_same_size(name, item):
    transform = build(name)
    if not isinstance(transform, InvertibleTransform):
        assert not issubclass(PUBLIC[name.removesuffix("d")], InvertibleTransform)
        return
    key = CASES[name]["keys"]
    done = transform(item)
    back = transform.inverse(done)[key]
    assert done[key].shape != item[key].shape and back.shape == item[key].shape
    assert len(back.applied_operations) == len(item[key].applied_operations)
    assert tuple(back.meta["full_size"]) == (ROWS, COLUMNS)


@every_of_images
def test_metadata_and_other_keys_are_kept(name, item):
    key = CASES[name]["keys"]
    out = build(name)(item)
    assert out[key].meta["filename_or_obj"] == "lesion.png"
    assert set(out) == set(item) and out["site"] == "back"


@every_of_images
def test_a9_any_non_finite_number_is_refused_with_count_and_position(name, item):
    key = CASES[name]["keys"]
    values = item[key].as_tensor().float() / 255
    values[0, 7, 9] = torch.nan
    values[-1, 80, 100] = torch.inf
    message = r"^lesion\.png: \w+ hold 2 non-finite value\(s\), the first at \(0, 7, 9\)"
    with pytest.raises(InvalidInputError, match=message):
        build(name)(item | {key: MetaTensor(values, meta={"filename_or_obj": "/folder/lesion.png"})})


@pytest.mark.parametrize("value", [0, 1, 128, 255])
@every_of_images
def test_a10_an_even_image_has_an_even_finite_result_without_a_warning(name, value, item):
    key = CASES[name]["keys"]
    even = torch.full_like(item[key].as_tensor(), value)
    out = build(name)(item | {key: MetaTensor(even)})[key].as_tensor()
    assert torch.isfinite(out.float()).all()
    # these add a border, a filled background, or noise
    if name not in {"FitLesionImaged", "ApplyLesionMaskd", "AddSpeckled", "RandSpeckled"}:
        assert (out == out[:, :1, :1]).all()


@every
def test_a_misspelt_key_is_an_error(name, item):
    transform = build(name)
    if isinstance(transform, MapTransform):
        wrong = PUBLIC[name](**{**CASES[name], "keys": "imgae"})
        with pytest.raises(KeyError, match="imgae"):
            wrong(item)


@every
def test_results_of_two_items_can_be_collated_and_taken_apart(name, item):
    batch = next(iter(DataLoader(Dataset([item, item], Compose([seeded(build(name))])), batch_size=2)))
    first, second = decollate_batch(batch)
    reference = seeded(build(name))(item)
    assert set(first) == set(second) == set(reference)


@every_of_images
def test_works_on_plain_tensors_with_metadata_switched_off_by_the_caller(name, item):
    plain = item | {"image": item["image"].as_tensor(), "mask": item["mask"].as_tensor()}
    key = CASES[name]["keys"]
    assert same(seeded(build(name))(plain)[key], seeded(build(name))(item)[key])
