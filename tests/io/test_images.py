# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The image reader: known answers, properties over modes, and the words of its refusals."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from monai_skin.errors import InvalidInputError, UsageError
from monai_skin.io import image_size, read_image, write_image
from tests.io.pictures import COLUMNS, ROWS, jpeg, pixels_of, scene
from tests.strategies import LOSSLESS, encoded, pictures, pixel_arrays

# What EXIF says was done to the upright picture when it was stored; the inverse of what a reader must do.
STORED = {
    1: lambda image: image,
    2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
    4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
    6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
    7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
    8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
}


def with_orientation(image: Image.Image, orientation: int, kind: str) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return encoded(STORED[orientation](image), kind, exif=exif)


@settings(deadline=None)
@given(pixel_arrays(), st.sampled_from(LOSSLESS))
def test_a4_rows_and_columns_keep_their_order(pixels, kind):
    picture = read_image(encoded(Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0))), kind))
    assert np.array_equal(picture.pixels, pixels)
    assert picture.full_size == pixels.shape[1:]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", STORED)
def test_a3_every_orientation_comes_out_upright(orientation, kind):
    data = with_orientation(scene(), orientation, kind)
    picture = read_image(data)
    assert picture.pixels.shape == (3, ROWS, COLUMNS)
    assert picture.full_size == image_size(data) == (ROWS, COLUMNS)
    assert np.abs(picture.pixels.astype(int) - pixels_of(scene())).mean() < (4 if kind == "JPEG" else 1e-9)


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_a3_an_unknown_orientation_means_upright(value):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = value
    assert read_image(jpeg(exif=exif)).full_size == (ROWS, COLUMNS)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "exif", [b"", b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"]
)
def test_a_broken_exif_block_does_not_cost_the_picture(exif):
    assert read_image(jpeg(exif=exif or b"x")).full_size == (ROWS, COLUMNS)


@settings(deadline=None)
@given(pixel_arrays())
def test_a5_a_palette_picture_equals_its_rgb_source(pixels):
    image = Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)) // 128 * 255).convert("P", colors=8)
    for kind in LOSSLESS:
        assert np.array_equal(read_image(encoded(image, kind)).pixels, pixels_of(image))


@settings(deadline=None)
@given(pictures(), st.tuples(*[st.integers(0, 255)] * 3))
def test_a6_every_mode_gives_three_channels_over_the_background(image, background):
    picture = read_image(encoded(image, "PNG"), background=background)
    rgba = np.asarray(image.convert("RGBA"), dtype=float)
    alpha = rgba[..., 3:] / 255
    expected = (rgba[..., :3] * alpha + np.array(background) * (1 - alpha)).transpose(2, 0, 1)
    assert picture.pixels.shape == (3, image.height, image.width)
    assert picture.pixels.dtype == np.uint8
    assert np.abs(picture.pixels - expected).max() <= 1


def painted(mode: str, colour: int | tuple[int, ...]) -> Image.Image:
    image = Image.new(mode, (4, 3), colour)
    if mode == "P":
        image.putpalette(range(30))
    return image


@pytest.mark.parametrize(
    ("image", "transparency"),
    [
        (painted("P", 2), 2),
        (painted("P", 1), bytes([255, 0])),
        (painted("RGB", (9, 8, 7)), (9, 8, 7)),
        (painted("L", 5), 5),
    ],
)
def test_a6_a_transparent_colour_shows_the_background(image, transparency):
    picture = read_image(encoded(image, "PNG", transparency=transparency), background=(10, 20, 30))
    assert (picture.pixels == np.array([10, 20, 30])[:, None, None]).all()


def multipage() -> bytes:
    return encoded(scene(), "TIFF", save_all=True, append_images=[scene(), scene()])


def animated_png() -> bytes:
    return encoded(scene(), "PNG", save_all=True, append_images=[scene(20, 20).resize((COLUMNS, ROWS))])


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (encoded(scene().convert("CMYK"), "JPEG"), "mode CMYK"),
        (encoded(scene().convert("CMYK"), "TIFF"), "mode CMYK"),
        (encoded(scene().convert("L").convert("I;16"), "PNG"), r"16 bits per sample \(mode I;16\)"),
        (encoded(scene().convert("L").convert("I;16"), "TIFF"), r"16 bits per sample \(mode I;16\)"),
        (encoded(scene().convert("L").convert("F"), "TIFF"), r"32 bits per sample \(mode F\)"),
        (encoded(scene().convert("LAB"), "TIFF"), "mode LAB"),
        (multipage(), r"3 pages \(mode RGB\)"),
        (animated_png(), r"2 pages \(mode RGB\)"),
    ],
)
def test_a7_depths_and_colour_spaces_without_a_defined_way_are_named(data, found):
    with pytest.raises(InvalidInputError, match=rf"^photo: image has {found}.*; expected "):
        read_image(data, source="photo")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><title>404</title>", "is an HTML page"),
        (b"\n <HTML>", "is an HTML page"),
        (b"GIF89a....", "is a GIF picture"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "is a WebP picture"),
        (b"%PDF-1.7", "is a PDF document"),
        (b"hello", "is not a picture of a known kind"),
    ],
)
def test_a15_what_is_no_picture_is_named(data, found, tmp_path):
    file = tmp_path / "lesion.jpg"
    file.write_bytes(data)
    with pytest.raises(InvalidInputError, match=rf"^lesion\.jpg: image {found}.*; expected a JPEG, PNG, BMP or TIFF"):
        read_image(file)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "JPEG"])
def test_a15_the_content_decides_not_the_name(kind, tmp_path):
    file = tmp_path / "photo.dcm"
    file.write_bytes(encoded(scene(), kind))
    assert read_image(file).full_size == read_image(str(file)).full_size == (ROWS, COLUMNS)


def header_only(rows: int, columns: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    ihdr = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + chunk(b"IDAT", zlib.compress(bytes(999))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [12_000, 40_000, 100_000])
def test_a2_a_bomb_is_refused_from_its_header(side):
    with pytest.raises(InvalidInputError, match=rf"image has {side:,} x {side:,} pixels; expected at most 100,000,000"):
        read_image(header_only(side, side))


def test_a2_the_limit_can_be_set_and_counts_pixels_not_sides():
    assert read_image(encoded(scene(), "PNG"), max_pixels=ROWS * COLUMNS).pixels.size
    with pytest.raises(InvalidInputError, match="at most 12,599 pixels"):
        read_image(encoded(scene(), "PNG"), max_pixels=ROWS * COLUMNS - 1)


BOMBS = """
import resource, sys
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_image, read_mask
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for file in sys.argv[1:]:
    for read in (read_image, read_mask):
        try:
            read(file)
        except InvalidInputError:
            continue
        raise SystemExit(f"{file} was read")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def test_a2_bombs_take_no_memory(tmp_path):
    bombs = []
    for side in (12_000, 40_000):
        bombs.append(tmp_path / f"{side}.png")
        bombs[-1].write_bytes(header_only(side, side))
    bombs.append(tmp_path / "tall.bmp")
    bombs[-1].write_bytes(
        b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0)
    )
    done = subprocess.run([sys.executable, "-c", BOMBS, *map(str, bombs)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 50  # megabytes


@pytest.mark.parametrize(
    ("min_side", "scale"), [(None, 1), (512, 1), (256, 2), (200, 2), (128, 4), (66, 4), (65, 8), (1, 8)]
)
def test_a_reduced_decode_keeps_the_short_side_and_the_full_size(min_side, scale):
    picture = read_image(jpeg(scene(520, 777)), min_side=min_side)
    assert picture.pixels.shape == (3, -(-520 // scale), -(-777 // scale))
    assert picture.full_size == (520, 777)


def test_a_reduced_decode_shows_the_same_picture():
    small = read_image(jpeg(scene(512, 768)), min_side=128)
    expected = pixels_of(scene(512, 768).resize((192, 128), Image.Resampling.BOX))
    assert np.abs(small.pixels.astype(int) - expected).mean() < 3


def test_pixels_are_a_writable_view_of_rows_of_rgb_triples():
    pixels = read_image(jpeg()).pixels
    assert pixels.flags.writeable
    assert pixels.transpose(1, 2, 0).flags.c_contiguous


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".JPEG"])
def test_a_written_picture_reads_back_without_metadata(suffix, tmp_path):
    file = tmp_path / f"copy{suffix}"
    write_image(file, read_image(with_orientation(scene(), 6, "PNG")).pixels)
    assert np.abs(read_image(file).pixels.astype(int) - pixels_of(scene())).mean() < 3
    with Image.open(file) as image:
        assert not image.getexif()
        assert not {"exif", "icc_profile", "xmp", "comment"} & set(image.info)


@pytest.mark.parametrize(
    ("name", "pixels", "words"),
    [
        ("a.gif", np.zeros((3, 4, 4), np.uint8), "suffix is not known; expected .png"),
        ("a.png", np.zeros((4, 4, 3), np.uint8), r"shape \(4, 4, 3\); expected uint8 of shape \(3, H, W\)"),
        ("a.png", np.zeros((3, 4, 4)), "are float64"),
        ("a.png", np.zeros((3, 0, 4), np.uint8), r"shape \(3, 0, 4\)"),
    ],
)
def test_what_cannot_be_written_is_named(name, pixels, words, tmp_path):
    with pytest.raises(UsageError, match=words):
        write_image(tmp_path / name, pixels)
    assert not list(tmp_path.iterdir())


def test_a_missing_file_a_folder_and_a_pipe_are_refused_by_name(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, words in [("gone.png", "does not exist"), ("", "is a folder"), ("pipe", "is not a regular file")]:
        with pytest.raises(InvalidInputError, match=words) as caught:
            read_image(tmp_path / name)
        assert str(tmp_path.parent) not in str(caught.value)
    with pytest.raises(InvalidInputError, match="not a possible path"):
        read_image("zero\0byte")


def test_a_png_with_a_swollen_text_is_refused():
    text = PngImagePlugin.PngInfo()
    text.add_text("note", "a" * 80_000_000, zip=True)
    stream = io.BytesIO()
    scene(8, 8).save(stream, "PNG", pnginfo=text)
    with pytest.raises(InvalidInputError, match="damaged"):
        read_image(stream.getvalue())


def test_errors_carry_source_and_field():
    with pytest.raises(InvalidInputError) as caught:
        read_image(b"", source="isic_1")
    assert (caught.value.source, caught.value.field, caught.value.exit_code) == ("isic_1", "image", 3)


def chained_tiff(pages: int) -> bytes:
    """Pages of 4 x 4 grey pixels, each with its own directory and all with the same pixels."""
    tags = [(256, 3, 4), (257, 3, 4), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (278, 3, 4), (279, 4, 16)]
    body = struct.pack("<H", len(tags)) + b"".join(
        struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags
    )
    size, data = len(body) + 4, b"II*\0" + struct.pack("<I", 24) + bytes(16)
    for page in range(1, pages + 1):
        data += body + struct.pack("<I", 24 + page * size if page < pages else 0)
    return data


def test_a7_a_chain_of_many_pages_is_refused_quickly():
    assert read_image(chained_tiff(1)).full_size == (4, 4)
    for pages, words in [(2, "has 2 pages"), (99, "has 99 pages"), (20_000, "has 100 or more pages")]:
        with pytest.raises(InvalidInputError, match=rf"{words} \(mode L\); expected one picture"):
            read_image(chained_tiff(pages))
