# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Loading gives upright (3, H, W) bytes that know the size of their file."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from monai.data import MetaTensor
from monai.transforms import Compose, CopyItemsd
from PIL import Image

from monai_skin.errors import InvalidInputError
from monai_skin.transforms import (
    ApplyLesionMaskd,
    FitLesionImage,
    FitLesionImaged,
    LoadDermoscopy,
    LoadDermoscopyd,
    LoadLesionMask,
    LoadLesionMaskd,
)
from tests.transforms.images import disc, skin


@pytest.fixture
def jpeg(tmp_path):
    path = tmp_path / "lesion.jpg"
    Image.fromarray(skin(451, 640).permute(1, 2, 0).numpy()).save(path, quality=95)
    return path


def test_a4_a_picture_20_wide_and_30_high_has_30_rows_and_20_columns(tmp_path):
    Image.new("RGB", (20, 30), (10, 20, 30)).save(tmp_path / "tall.png")
    image = LoadDermoscopy()(tmp_path / "tall.png")
    assert image.shape == (3, 30, 20) and image.dtype == torch.uint8
    assert image[:, 0, 0].tolist() == [10, 20, 30]
    assert tuple(image.meta["full_size"]) == (30, 20)


def test_remembers_its_file_and_says_nothing_where_nothing_was_converted(jpeg):
    image = LoadDermoscopy()(jpeg)
    assert isinstance(image, MetaTensor)
    assert image.meta["filename_or_obj"] == str(jpeg) and image.meta["notes"] == ""


def test_a_shrunken_read_keeps_the_full_size_and_enough_pixels(jpeg):
    image = LoadDermoscopy(shrink_to=[100, 140])(jpeg)
    assert tuple(image.meta["full_size"]) == (451, 640)
    assert 100 <= image.shape[1] < 451 and image.shape[2] >= 140


@pytest.mark.parametrize("size", [(451, 640), (640, 451), (333, 1000), (1000, 333)])
@pytest.mark.parametrize("frame", [(100, 140), (140, 100), (96, 96)])
def test_a_shrunken_read_never_has_fewer_pixels_than_fitting_needs(tmp_path, size, frame):
    Image.fromarray(skin(*size).permute(1, 2, 0).numpy()).save(tmp_path / "a.jpg")
    image = LoadDermoscopy(shrink_to=frame)(tmp_path / "a.jpg")
    scale = min(frame[0] / size[0], frame[1] / size[1])
    assert image.shape[1] >= int(size[0] * scale) and image.shape[2] >= int(size[1] * scale)


def test_a_shrunken_read_then_fitted_is_nearly_the_full_read_then_fitted(jpeg):
    fit = FitLesionImage([96, 128])
    shrunken, full = fit(LoadDermoscopy(shrink_to=[96, 128])(jpeg)), fit(LoadDermoscopy()(jpeg))
    assert (shrunken.float() - full.float()).abs().mean() < 2  # of 255: another order of averaging


def test_bytes_in_memory_are_read_like_the_file(jpeg):
    assert torch.equal(LoadDermoscopy()(jpeg.read_bytes()).as_tensor(), LoadDermoscopy()(jpeg).as_tensor())


def test_a_mask_is_zeros_and_ones_of_one_channel(tmp_path):
    Image.fromarray(disc(60, 80)[0].numpy() * 255).save(tmp_path / "mask.png")
    mask = LoadLesionMask()(tmp_path / "mask.png")
    assert mask.dtype == torch.uint8 and torch.equal(mask.as_tensor(), disc(60, 80))
    assert tuple(mask.meta["full_size"]) == (60, 80)


def test_dictionary_forms_equal_array_forms(jpeg, tmp_path):
    Image.fromarray(disc(60, 80)[0].numpy() * 255).save(tmp_path / "mask.png")
    item = {"image": str(jpeg), "mask": str(tmp_path / "mask.png"), "id": 7}
    out = LoadLesionMaskd("mask")(LoadDermoscopyd("image", shrink_to=[96, 128])(item))
    assert torch.equal(out["image"], LoadDermoscopy(shrink_to=[96, 128])(jpeg))
    assert torch.equal(out["mask"], LoadLesionMask()(tmp_path / "mask.png"))
    assert out["id"] == 7 and item["image"] == str(jpeg)


def test_an_item_without_a_mask_gets_an_empty_one_of_the_size_of_its_image(jpeg):
    load = Compose([LoadDermoscopyd("image", shrink_to=[96, 128]), LoadLesionMaskd("mask", empty_like="image")])
    out = load({"image": str(jpeg)})
    assert out["mask"].shape == (1, *out["image"].shape[1:]) and out["mask"].dtype == torch.uint8
    assert not out["mask"].any()
    assert tuple(out["mask"].meta["full_size"]) == (451, 640)
    bare = LoadLesionMaskd("mask", empty_like="image")({"image": torch.zeros(3, 5, 7)})
    assert bare["mask"].shape == (1, 5, 7)


def test_a_mask_that_is_there_is_read_whatever_stands_in_for_others(jpeg, tmp_path):
    Image.fromarray(disc(60, 80)[0].numpy() * 255).save(tmp_path / "mask.png")
    item = {"image": LoadDermoscopy()(jpeg), "mask": str(tmp_path / "mask.png")}
    assert torch.equal(LoadLesionMaskd("mask", empty_like="image")(item)["mask"], disc(60, 80))


def test_without_a_stand_in_an_item_without_a_mask_is_an_error(jpeg):
    with pytest.raises(KeyError, match="mask"):
        LoadLesionMaskd("mask")({"image": LoadDermoscopy()(jpeg)})


@pytest.mark.parametrize("outlined", [True, False])
def test_a_lesion_without_a_mask_is_the_whole_picture_and_says_so(jpeg, tmp_path, outlined):
    Image.fromarray(disc(451, 640)[0].numpy() * 255).save(tmp_path / "mask.png")
    steps = Compose(
        [
            LoadDermoscopyd("image", shrink_to=[96, 128]),
            LoadLesionMaskd("mask", empty_like="image"),
            FitLesionImaged(["image", "mask"], spatial_size=[96, 128], interpolation=["area", "nearest"]),
            CopyItemsd("image", names="segmented"),
            ApplyLesionMaskd("segmented", mask_key="mask"),
        ]
    )
    out = steps({"image": str(jpeg), **({"mask": str(tmp_path / "mask.png")} if outlined else {})})
    assert out["segmented"].meta["mask_ok"] is outlined
    assert torch.equal(out["segmented"], out["image"]) is not outlined
    assert bool(out["segmented"][:, 8, 64].any()) is not outlined, "skin near the border is cut away by a mask only"


def test_what_is_no_image_is_refused_by_its_file_name_only(tmp_path):
    (tmp_path / "notes.jpg").write_text("not a picture")
    with pytest.raises(InvalidInputError, match=r"^notes\.jpg: ") as error:
        LoadDermoscopy()(tmp_path / "notes.jpg")
    assert str(tmp_path) not in str(error.value)


def test_pixels_can_be_written_to_without_touching_a_cache():
    stream = io.BytesIO()
    Image.new("RGB", (20, 20)).save(stream, "png")
    first = LoadDermoscopy()(stream.getvalue())
    first += 1
    assert np.asarray(LoadDermoscopy()(stream.getvalue())).max() == 0
