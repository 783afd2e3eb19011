# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The mask reader: what is a mask, and what is refused with the values found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import read_mask, write_mask
from tests.strategies import encoded, lesion_masks


def disc(rows: int = 60, columns: int = 80, centre: tuple[int, int] = (30, 40), radius: int = 15) -> np.ndarray:
    y, x = np.mgrid[0:rows, 0:columns]
    return (y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2


def grey(mask: np.ndarray, lesion: int = 255) -> Image.Image:
    return Image.fromarray(np.where(mask, lesion, 0).astype(np.uint8))


def palette(mask: np.ndarray, *, inverted: bool) -> Image.Image:
    """A palette picture that shows ``mask``; inverted, index 0 is the white one."""
    image = Image.fromarray((mask != inverted).astype(np.uint8), mode="L").convert("L")
    image = Image.frombytes("P", image.size, image.tobytes())
    image.putpalette([255] * 3 + [0] * 3 if inverted else [0] * 3 + [255] * 3)
    return image


FORMS = {
    "0 and 255": grey,
    "0 and 1": lambda mask: grey(mask, 1),
    "one bit": lambda mask: grey(mask).convert("1"),
    "palette": lambda mask: palette(mask, inverted=False),
    "palette with inverted indices": lambda mask: palette(mask, inverted=True),
    "grey RGB": lambda mask: grey(mask).convert("RGB"),
    "opaque RGBA": lambda mask: grey(mask).convert("RGBA"),
    "opaque LA": lambda mask: grey(mask).convert("LA"),
}


@settings(deadline=None, max_examples=40)
@given(lesion_masks(), st.sampled_from(sorted(FORMS)))
def test_a5_every_form_of_one_mask_reads_the_same(mask, form):
    found = read_mask(encoded(FORMS[form](mask), "PNG"))
    assert found.dtype == np.bool_
    assert np.array_equal(found, mask)


@settings(deadline=None, max_examples=40)
@given(mask=lesion_masks())
def test_a_written_mask_reads_back(mask, tmp_path_factory):
    file = tmp_path_factory.mktemp("masks") / "mask.png"
    write_mask(file, mask)
    assert np.array_equal(read_mask(file), mask)
    with Image.open(file) as image:
        assert image.mode == "L"
        assert set(np.unique(np.asarray(image))) <= {0, 255}


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_every_lossless_format_is_read(kind):
    assert np.array_equal(read_mask(encoded(grey(disc()), kind)), disc())


def test_a3_a_mask_is_turned_as_its_image_is():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    stored = grey(disc(centre=(20, 10))).transpose(Image.Transpose.ROTATE_90)
    assert np.array_equal(read_mask(encoded(stored, "PNG", exif=exif)), disc(centre=(20, 10)))


def test_a14_a_jpeg_mask_is_refused_with_the_values_found():
    with pytest.raises(
        InvalidInputError, match=r"^m\.jpg: mask has \d+ values \(0, 1, 2, .*\); expected only 0 and 255"
    ):
        read_mask(encoded(grey(disc()), "JPEG", quality=50), source="m.jpg")


@pytest.mark.parametrize("values", [(0, 128), (0, 1, 255), (3, 255), (254, 255)])
def test_a14_other_values_are_refused_and_listed(values):
    image = Image.fromarray(np.resize(np.array(values, np.uint8), (6, 6)))
    with pytest.raises(InvalidInputError, match=rf"has {len(values)} values \({', '.join(map(str, values))}\)"):
        read_mask(encoded(image, "PNG"))


@pytest.mark.parametrize(
    ("centre", "radius"), [((30, 40), 6), ((30, 40), 25), ((30, 40), 30), ((16, 17), 10), ((12, 62), 6), ((44, 30), 15)]
)
def test_a14_an_inverted_mask_is_refused(centre, radius):
    with pytest.raises(InvalidInputError, match="mask is inverted: its border is lesion and its inside is not"):
        read_mask(encoded(grey(~disc(centre=centre, radius=radius)), "PNG"))


@pytest.mark.parametrize(
    "mask",
    [
        np.zeros((60, 80), bool),
        np.ones((60, 80), bool),
        disc(radius=200),
        ~disc(centre=(0, 40), radius=9),  # a lesion that fills the frame but for a bit of skin at the edge
        disc(radius=45),
    ],
)
def test_a14_empty_full_and_frame_filling_masks_are_masks(mask):
    assert np.array_equal(read_mask(encoded(grey(mask), "PNG")), mask)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (Image.new("RGB", (4, 4), (255, 0, 0)), "mask has colours"),
        (Image.new("RGBA", (4, 4), (255, 255, 255, 9)), "mask has transparent pixels"),
        (Image.new("I;16", (4, 4)), "image has 16 bits"),
    ],
)
def test_what_is_not_one_channel_is_refused(image, words):
    with pytest.raises(InvalidInputError, match=words):
        read_mask(encoded(image, "PNG"))


def test_cmyk_is_refused():
    with pytest.raises(InvalidInputError, match="mask has mode CMYK"):
        read_mask(encoded(Image.new("CMYK", (4, 4)), "TIFF"))


@pytest.mark.parametrize("mask", [np.zeros((3, 4)), np.zeros((1, 3, 4), bool), np.zeros((0, 4), bool)])
def test_only_a_bool_plane_is_written(mask, tmp_path):
    with pytest.raises(UsageError, match=r"expected bool of shape \(H, W\)"):
        write_mask(tmp_path / "m.png", mask)


def test_published_palette_masks_equal_their_corrected_copies(data_root):
    raw = sorted((data_root / "hostile" / "palette_masks").glob("*.png"))
    assert raw
    compared = 0
    for file in raw:
        corrected = data_root / "ham10000" / "masks" / file.name
        if corrected.exists():
            compared += 1
            assert np.array_equal(read_mask(file), read_mask(corrected)), file.name
        assert 0 < read_mask(file).mean() < 1
    assert compared


def test_true_is_stored_as_one_also_from_a_one_bit_picture(tmp_path):
    Image.fromarray(np.eye(32, dtype=bool)).save(tmp_path / "mask.png")
    mask = read_mask(tmp_path / "mask.png")
    assert set(np.unique(mask.view(np.uint8)).tolist()) == {0, 1}
