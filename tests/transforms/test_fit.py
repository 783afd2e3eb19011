# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Fitting keeps proportions, values and the way back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from monai.data import DataLoader, Dataset, MetaTensor, decollate_batch
from monai.transforms import Compose, Invertd
from PIL import Image

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import (
    CleanLesionMaskd,
    FitLesionImage,
    FitLesionImaged,
    LoadDermoscopyd,
    LoadLesionMaskd,
    NormalizeImageNetd,
    fit_image,
)
from monai_skin.transforms.fit import resize
from tests.transforms.images import byte_images, disc, masks, skin


def dice(a, b):
    a, b = np.asarray(a) > 0, np.asarray(b) > 0
    return 2 * (a & b).sum() / (a.sum() + b.sum())


@pytest.mark.parametrize(
    ("size", "inner"), [((100, 200), (48, 96)), ((200, 100), (64, 32)), ((30, 45), (64, 96)), ((128, 128), (64, 64))]
)
def test_a_white_image_fills_a_centred_box_of_its_own_proportions(size, inner):
    out = fit_image(torch.full((3, *size), 255, dtype=torch.uint8), [64, 96])
    rows, columns = (out[0] == 255).any(dim=1).nonzero()[:, 0], (out[0] == 255).any(dim=0).nonzero()[:, 0]
    assert out.shape == (3, 64, 96) and (len(rows), len(columns)) == inner
    assert rows[0] == (64 - inner[0]) // 2 and columns[0] == (96 - inner[1]) // 2
    assert (out == 255).sum() == 3 * inner[0] * inner[1]


def test_shrinking_is_pillows_bilinear_resize_to_one_grey_level():
    image = skin(200, 300)
    ours = fit_image(image, [64, 96]).permute(1, 2, 0).numpy().astype(int)
    theirs = np.asarray(Image.fromarray(image.permute(1, 2, 0).numpy()).resize((96, 64), Image.Resampling.BILINEAR))
    assert abs(ours - theirs).max() <= 1


@settings(deadline=None, max_examples=40)
@given(masks, st.integers(1, 50), st.integers(1, 50))
def test_nearest_is_pytorchs_nearest_exact(mask, rows, columns):
    theirs = F.interpolate(mask[None], (rows, columns), mode="nearest-exact")[0]
    assert torch.equal(resize(mask, (rows, columns), "nearest"), theirs)


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.uint8, torch.float32])
def test_masks_of_any_type_keep_it(dtype):
    fit = FitLesionImage([32, 48], "nearest")
    out = fit(disc(60, 60).to(dtype))
    assert out.dtype == dtype and fit.inverse(out).dtype == dtype


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_a_probability_of_reduced_precision_is_inverted(dtype):
    fit = FitLesionImage([32, 48])
    out = fit(skin(100, 150))
    probability = MetaTensor(torch.full((1, 32, 48), 0.75, dtype=dtype), meta=out.meta)
    probability.applied_operations = out.applied_operations
    assert (fit.inverse(probability).float() == 0.75).all()


def test_float_and_byte_images_agree_to_rounding():
    image = skin(200, 300)
    difference = fit_image(image.float(), [64, 96]) - fit_image(image, [64, 96]).float()
    assert difference.abs().max() <= 1


@settings(deadline=None, max_examples=40)
@given(masks, st.integers(16, 50), st.integers(16, 50))
def test_a13_a_mask_keeps_its_set_of_values(mask, rows, columns):
    out = fit_image(mask, [rows, columns], "nearest")
    assert out.dtype == mask.dtype and set(out.unique().tolist()) <= {0, *mask.unique().tolist()}


@settings(deadline=None, max_examples=40)
@given(masks, st.integers(16, 50), st.integers(16, 50))
def test_a13_a_mask_keeps_its_set_of_values_on_the_way_back(mask, rows, columns):
    fit = FitLesionImage([rows, columns], "nearest")
    back = fit.inverse(fit(mask))
    assert back.shape == mask.shape and set(back.unique().tolist()) <= {0, *mask.unique().tolist()}


@settings(deadline=None, max_examples=40)
@given(byte_images, st.integers(16, 64), st.integers(16, 64))
def test_the_inverse_gives_the_size_before(image, rows, columns):
    fit = FitLesionImage([rows, columns])
    assert fit.inverse(fit(image)).shape == image.shape


def test_the_inverse_gives_the_size_of_the_file_when_it_was_read_at_reduced_scale():
    fit = FitLesionImage([96, 128])
    back = fit.inverse(fit(MetaTensor(skin(226, 300), meta={"full_size": (451, 600)})))
    assert back.shape == (3, 451, 600)


def test_the_size_of_the_file_is_not_believed_after_a_quarter_turn():
    fit = FitLesionImage([96, 128])
    back = fit.inverse(fit(MetaTensor(skin(600, 450), meta={"full_size": (450, 600)})))
    assert back.shape == (3, 600, 450)


def test_an_image_read_at_reduced_scale_lies_exactly_on_its_full_size_mask():
    fit = FitLesionImage([96, 131])
    reduced = MetaTensor(torch.full((1, 57, 75), 255, dtype=torch.uint8), meta={"full_size": (451, 600)})
    whole = MetaTensor(torch.full((1, 451, 600), 255, dtype=torch.uint8), meta={"full_size": (451, 600)})
    assert torch.equal(fit(reduced).as_tensor(), fit(whole).as_tensor())


def test_a_lesion_comes_back_where_it_was():
    fit = FitLesionImage([192, 256], "nearest")
    lesion = disc(333, 999, 0.2)
    assert dice(fit.inverse(fit(lesion)), lesion) > 0.98


def test_dictionary_form_equals_array_form_for_each_key():
    item = {"image": skin(), "mask": disc(), "id": "a"}
    out = FitLesionImaged(["image", "mask"], [64, 64], ["area", "nearest"])(item)
    assert torch.equal(out["image"].as_tensor(), FitLesionImage([64, 64])(item["image"]).as_tensor())
    assert torch.equal(out["mask"].as_tensor(), FitLesionImage([64, 64], "nearest")(item["mask"]).as_tensor())
    assert out["id"] == "a" and item["image"].shape == (3, 300, 400)


@pytest.fixture
def folder(tmp_path):
    items = []
    for index, size in enumerate([(450, 600), (600, 450), (301, 997), (256, 256)]):
        Image.fromarray(skin(*size).permute(1, 2, 0).numpy()).save(tmp_path / f"{index}.jpg")
        Image.fromarray(disc(*size)[0].numpy() * 255).save(tmp_path / f"{index}.png")
        items.append({"image": str(tmp_path / f"{index}.jpg"), "mask": str(tmp_path / f"{index}.png")})
    return items


@pytest.mark.parametrize("nearest", [True, False])
@pytest.mark.parametrize("workers", [0, 1])
def test_a_batch_of_differently_sized_images_is_inverted_to_each_ones_own_size(folder, nearest, workers):
    preprocessing = Compose(
        [
            LoadDermoscopyd("image", shrink_to=[96, 128]),
            LoadLesionMaskd("mask"),
            FitLesionImaged(["image", "mask"], [96, 128], ["area", "nearest"]),
            NormalizeImageNetd("image"),
        ]
    )
    postprocessing = Compose(
        [
            Invertd("pred", transform=preprocessing, orig_keys="image", nearest_interp=nearest),
            CleanLesionMaskd("pred"),
        ]
    )
    batch = next(iter(DataLoader(Dataset(folder, preprocessing), batch_size=4, num_workers=workers)))
    assert batch["image"].shape == (4, 3, 96, 128)
    batch["pred"] = batch["image"][:, :1] * 0 + batch["mask"].as_tensor()  # a network that is always right
    for item, done in zip(folder, map(postprocessing, decollate_batch(batch)), strict=True):
        truth = np.asarray(Image.open(item["mask"]))
        assert done["pred"].shape == (1, *truth.shape) and done["pred"].dtype == torch.uint8
        assert dice(done["pred"][0], truth) > 0.97


def test_a_probability_is_inverted_smoothly_unless_nearest_is_asked():
    preprocessing = Compose([FitLesionImaged("image", [32, 32])])
    item = preprocessing({"image": skin(256, 256)})
    item["pred"] = MetaTensor(torch.rand(1, 32, 32))
    smooth = Invertd("pred", preprocessing, "image", nearest_interp=False)(item)["pred"]
    nearest = Invertd("pred", preprocessing, "image", nearest_interp=True)(item)["pred"]
    assert smooth.shape == nearest.shape == (1, 256, 256)
    assert len(nearest.unique()) <= 32 * 32 < len(smooth.unique())
    assert 0 <= smooth.min() and smooth.max() <= 1


@pytest.mark.parametrize("shape", [(3, 1, 1), (3, 1, 5000), (3, 15, 200), (3, 200, 15)])
def test_a11_an_image_below_the_minimum_is_refused_with_the_minimum(shape):
    message = rf"size is {shape[1]} x {shape[2]}; expected at least 16 pixels"
    with pytest.raises(InvalidInputError, match=message):
        FitLesionImage([64, 64])(torch.zeros(shape, dtype=torch.uint8))


def test_a11_the_message_names_the_file_without_its_folder():
    image = MetaTensor(torch.zeros(3, 4, 4), meta={"filename_or_obj": "/somewhere/private/mole.png"})
    with pytest.raises(InvalidInputError, match=r"^mole\.png: size is 4 x 4"):
        FitLesionImage([64, 64])(image)


@pytest.mark.parametrize("arguments", [([0, 4],), ([4],), ([4, 4], "bilinear")])
def test_wrong_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="must be"):
        FitLesionImage(*arguments)
