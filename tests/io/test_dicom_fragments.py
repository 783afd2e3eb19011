# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Compressed frames that are missing, cut off or of another size."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless

from monai_skin.errors import InvalidInputError
from monai_skin.io import read_image
from monai_skin.io.dicom_fragments import check_fragments, frames_of
from monai_skin.io.dicom_header import open_dicom
from tests.dicom.objects import dataset, jpeg_object, scene, written


def encoded(kind: str = "JPEG", rows: int = 20, columns: int = 30, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(scene(rows, columns)).save(stream, kind, **options)
    return stream.getvalue()


def test_a_whole_jpeg_is_decoded_as_pillow_does():
    jpeg = encoded()
    with Image.open(io.BytesIO(jpeg)) as image:
        assert np.array_equal(read_image(jpeg_object([jpeg])).pixels.transpose(1, 2, 0), np.asarray(image))


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_g3_a_jpeg_fragment_that_is_cut_off_is_refused_though_decoders_paint_it_grey(share):
    jpeg = encoded(rows=64, columns=64, quality=95)
    start = jpeg.index(b"\xff\xda")
    cut = jpeg[: start + int(share * (len(jpeg) - start))]
    data = jpeg_object([cut + bytes(len(cut) % 2)], Rows=64, Columns=64)
    with pytest.raises(InvalidInputError, match=r"^x: PixelData frame 1 is cut off.*; expected a whole JPEG"):
        read_image(data, source="x")


def test_g3_a_frame_of_another_size_is_refused():
    with pytest.raises(
        InvalidInputError, match=r"^x: PixelData frame 1 has 20 rows and 30 columns; expected 40 and 30"
    ):
        read_image(jpeg_object([encoded()], Rows=40), source="x")
    with pytest.raises(InvalidInputError, match=r"PixelData frame 1 .*has 20 x 30 pixels|has 20 rows"):
        read_image(jpeg_object([encoded()], Rows=10), source="x")


@pytest.mark.parametrize(("written_frames", "stated"), [(1, 2), (3, 2)])
def test_g3_g5_a_wrong_number_of_frames_is_refused(written_frames, stated):
    data = jpeg_object([encoded()] * written_frames, NumberOfFrames=stated)
    opened = open_dicom(data, source="x")
    with pytest.raises(InvalidInputError, match="^x: PixelData (does not hold 2 frames|is damaged)"):
        from monai_skin.io.dicom_pixels import decode_dicom

        decode_dicom(opened)


@pytest.mark.parametrize(("syntax", "end"), [(JPEG2000Lossless, -8), (JPEGLSLossless, -8)])
def test_g3_a_frame_of_another_kind_needs_its_end_too(syntax, end):
    if syntax == JPEG2000Lossless:
        frame = encoded("JPEG2000", no_jp2=True, irreversible=False)
        model = "YBR_RCT"
    else:
        # start, a frame header of 8 bits, 20 rows, 30 columns and 3 components, and some scan
        frame = b"\xff\xd8\xff\xf7\x00\x11\x08\x00\x14\x00\x1e\x03" + bytes(40) + b"\xff\xd9"
        model = "RGB"
    for content, found in ((frame, None), (frame[:end], "cut off"), (frame, "20 rows and 30 columns; expected 21")):
        rows = 21 if found and "rows" in found else 20
        body = dataset(encapsulate([content]), syntax, PhotometricInterpretation=model, Rows=rows, Columns=30)
        body["PixelData"].is_undefined_length = True
        opened = open_dicom(written(body), source="x")
        if found is None:
            check_fragments(opened.dataset, opened.shape, "x")
            assert frames_of(opened.dataset, 1)[0].rstrip(b"\0") == content
            continue
        with pytest.raises(InvalidInputError, match=f"PixelData frame 1 .*{found}"):
            check_fragments(opened.dataset, opened.shape, "x")
