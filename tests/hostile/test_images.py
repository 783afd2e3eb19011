# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Every damaged, lying or awkward picture file we know ends in a picture or one typed error, in bounded time."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from monai_skin.errors import InvalidInputError
from monai_skin.io import Picture, read_image, read_mask
from tests.conftest import ROOT
from tests.fuzz.images import one_picture, seeds, with_right_checksums
from tests.hostile.corpus import CORPUS, UNREADABLE, cases

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # the reader hides Pillow's own; pytest shows them again

every_file = pytest.mark.parametrize("file", cases(), ids=lambda file: "/".join(file.parts[-2:]))


@pytest.mark.parametrize("name", seeds())
def test_the_harness_accepts_its_own_seeds(name):
    one_picture(seeds()[name])


@every_file
def test_a_hostile_file_ends_in_a_picture_or_a_typed_error(file):
    start = time.process_time()
    one_picture(file.read_bytes())
    assert time.process_time() - start < 5


@every_file
def test_what_comes_out_equals_an_independent_decoding(file):
    try:
        picture = read_image(file)
    except InvalidInputError as error:
        assert str(error).startswith(f"{file.name}: image ")
        assert "/" not in str(error)
        return
    with Image.open(file) as image:
        if "icc_profile" in image.info:
            return  # judged by colour arithmetic elsewhere
        rgba = np.asarray(ImageOps.exif_transpose(image).convert("RGBA"), dtype=float)
    alpha = rgba[..., 3:] / 255
    expected = rgba[..., :3] * alpha + 255 * (1 - alpha)
    assert np.abs(picture.pixels.transpose(1, 2, 0) - expected).max() <= 1


@pytest.mark.parametrize("name", UNREADABLE)
def test_files_of_a_known_defect_are_refused_for_it(name, data_root):
    with pytest.raises(InvalidInputError, match=UNREADABLE[name]):
        read_image(data_root / "hostile" / name)


ALL_OF_THEM = """
import resource, sys, warnings
warnings.simplefilter("ignore")
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_image, read_mask
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for file in sys.argv[1:]:
    for read in (read_image, read_mask):
        try:
            read(file)
        except InvalidInputError:
            continue
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def test_a2_all_of_them_together_take_little_memory(data_root):
    command = [sys.executable, "-c", ALL_OF_THEM, *map(str, cases())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 100  # megabytes; the largest readable picture has 1800 x 1200 pixels


def hostile(data_root: Path, name: str) -> Picture:
    return read_image(data_root / "hostile" / name)


@pytest.mark.parametrize("orientation", [2, 3, 5, 6, 8])
def test_a3_stored_orientations_show_the_same_picture(orientation, data_root):
    upright = hostile(data_root, "pillow/hopper.jpg").pixels.astype(int)
    turned = hostile(data_root, f"pillow/hopper_orientation_{orientation}.jpg").pixels
    assert np.abs(turned - upright).mean() < 6


def test_a3_orientation_of_photographs(data_root):
    reference = hostile(data_root, "constructed/reference_good.jpg").pixels.astype(int)
    assert np.abs(hostile(data_root, "constructed/exif_orientation_6.jpg").pixels - reference).mean() < 3
    three, six = (hostile(data_root, f"exif_orientation/Landscape_{value}.jpg") for value in (3, 6))
    assert three.full_size == six.full_size == (1200, 1800)
    # both show one landscape, each with its own number painted on it
    assert np.abs(three.pixels.astype(int) - six.pixels).mean() < 20


def test_one_picture_in_many_forms_looks_the_same(data_root):
    reference = hostile(data_root, "constructed/reference_good.jpg").pixels.astype(int)
    for name, limit in [("palette.png", 12), ("grayscale.jpg", 60), ("trailing_garbage.jpg", 0.01)]:
        assert np.abs(hostile(data_root, f"constructed/{name}").pixels - reference).mean() < limit, name
    for name in ("jpeg_zip_polyglot.jpg", "name with space ünï.jpg"):
        assert np.array_equal(hostile(data_root, f"constructed/{name}").pixels, reference), name


def test_files_of_known_content(data_root):
    assert (hostile(data_root, "constructed/uniform_black_512.png").pixels == 0).all()
    assert (hostile(data_root, "constructed/uniform_white_512.png").pixels == 255).all()
    assert hostile(data_root, "constructed/one_pixel.png").pixels.shape == (3, 1, 1)
    assert hostile(data_root, "constructed/strip_1x4000.png").pixels.shape == (3, 4000, 1)
    ramp = read_mask(data_root / "hostile" / "pngsuite_modes" / "basn0g01.png")
    assert ramp[0, 0] and not ramp[-1, -1]  # PngSuite's one-bit picture: white above the diagonal, black below


def test_the_corpus_is_there(data_root):
    assert len(cases()) > 120, f"in {CORPUS}"


@pytest.mark.parametrize("name", seeds())
def test_changed_bytes_end_in_a_picture_or_a_typed_error(name):
    luck, original = random.Random(name), seeds()[name]
    for _ in range(25):
        data = bytearray(original)
        for _ in range(luck.randint(1, 5)):
            data[luck.randrange(len(data))] = luck.randrange(256)
        one_picture(with_right_checksums(bytes(data)))
