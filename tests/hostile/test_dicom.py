# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Every damaged, lying or awkward DICOM file we know ends in a picture or one typed error, in bounded time."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monai_skin.dicom import read_dermoscopy_object
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_image
from tests.conftest import ROOT
from tests.fuzz.dicom import one_object, seeds, with_a_mark
from tests.hostile.corpus import CORPUS

FOUND = Path(__file__).parent / "dicom"  # what the search found; each was once an error of another type
PUBLIC = CORPUS.parent / "dicom"
# the defect, and what the refusal names; None is read, for the defect is in no element that a picture needs
DEFECTS = {
    "ExplVR_LitEndNoMeta": "file has no DICOM mark",
    "JPEG-lossy": "BitsStored is 12 of 16 allocated",
    "MR_truncated": "SOPClassUID is MR",
    "UN_sequence": "SOPClassUID is absent",
    "badVR": "SOPClassUID is RT Dose",
    "bad_age_sex_date": "PatientAge is '9999'",
    "empty_charset_LEI": "SOPClassUID is absent",
    "frames_lie_1e6": "Rows times Columns times frames is",
    "jpeg_fragment_truncated": "PixelData frame 1 is cut off",
    "meta_missing_tsyntax": "TransferSyntaxUID is absent",
    "multiframe": "SOPClassUID is VL Whole Slide",
    "nested_priv_SQ": "SOPClassUID is absent",
    "nested_sequences_200": None,
    "no_meta": "file has no DICOM mark",
    "no_meta_group_length": "FileMetaInformationGroupLength",
    "no_pixel_data": "PixelData is absent",
    "no_preamble_no_meta": "file has no DICOM mark",
    "path_traversal_identifiers": None,
    "pe_preamble_polyglot": None,
    "photometric_lies_rgb_as_ybr": "PhotometricInterpretation is YBR_FULL, by which",
    "rows_cols_lie": "Rows times Columns times frames is 65,535 x 65,535",
    "rtplan_truncated": "SOPClassUID is RT Plan",
    "truncated_pixels": "PixelData has",
}


def public() -> list[Path]:
    return sorted(PUBLIC.rglob("*.dcm"))


@pytest.mark.parametrize("name", seeds())
def test_the_harness_accepts_its_own_seeds(name):
    assert read_or_refused(seeds()[name]) in (None, "NumberOfFrames")
    one_object(seeds()[name])


def read_or_refused(data: bytes) -> str | None:
    """None where a picture comes out, else the field that the refusal names."""
    try:
        read_image(data)
    except InvalidInputError as error:
        return error.field
    return None


@pytest.mark.parametrize("file", sorted(FOUND.iterdir()), ids=lambda file: file.stem)
def test_g1_what_the_search_found_ends_in_a_picture_or_a_typed_error(file):
    one_object(file.read_bytes())


@pytest.mark.parametrize("file", public(), ids=lambda file: "/".join(file.parts[-2:]))
def test_g1_a_public_file_ends_in_a_picture_or_a_typed_error(file):
    start = time.process_time()
    one_object(file.read_bytes())
    assert time.process_time() - start < 5


@pytest.mark.parametrize("name", DEFECTS)
def test_g1_g3_files_of_a_known_defect_are_refused_for_it(name, data_root):
    file = data_root / "dicom" / "hostile" / f"{name}.dcm"
    if DEFECTS[name] is None:
        assert read_dermoscopy_object(file).pixels.any()
        return
    with pytest.raises(InvalidInputError, match=f"^{name}.dcm: {DEFECTS[name]}"):
        read_dermoscopy_object(file)


@pytest.mark.parametrize("name", seeds())
def test_g1_changed_bytes_end_in_a_picture_or_a_typed_error(name):
    luck, original = random.Random(name), seeds()[name]
    for _ in range(10):
        data = bytearray(original)
        for _ in range(luck.randint(1, 5)):
            data[luck.randrange(132, len(data))] = luck.randrange(256)
        one_object(with_a_mark(bytes(data)))


@pytest.mark.parametrize("name", ["rgb", "implicit", "deflated", "jpeg", "rle"])
def test_g1_a_cut_file_is_refused_wherever_it_was_cut(name):
    data = seeds()[name]
    for stop in range(0, len(data) - 2, len(data) // 20):
        assert read_or_refused(data[:stop]) is not None, f"{stop} of {len(data)} bytes"


ALL_OF_THEM = """
import resource, sys, warnings
from monai_skin.errors import InvalidInputError
from monai_skin.io import read_image
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for file in sys.argv[1:]:
    try:
        read_image(file)
    except InvalidInputError:
        continue
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def test_g1_g4_all_of_them_together_take_little_memory(data_root):
    command = [sys.executable, "-c", ALL_OF_THEM, *map(str, sorted((data_root / "dicom" / "hostile").iterdir()))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 256  # megabytes
