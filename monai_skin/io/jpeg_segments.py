# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""The segments of a JPEG file: its colour model, and the file without what tells of the person and the camera.

EXIF, XMP, IPTC, thumbnails and comments stand in segments of their own (ITU-T T.81 annex B), so they can be left out
without decoding the picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from monai_skin.io.jpeg import START_OF_SCAN

__all__ = ["JpegFrame", "jpeg_frame", "without_metadata"]

_APP0, _APP14, _APP15, _COMMENT = 0xE0, 0xEE, 0xEF, 0xFE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BASELINE, _SCAN = 0xC0, 0xDA
_ICC = b"ICC_PROFILE\0"


class JpegFrame(NamedTuple):
    """What a JPEG says of its picture: whether it is baseline, its colour model in DICOM's words, an ICC profile."""

    baseline: bool
    photometric: str
    has_profile: bool


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and stop of every segment before the first scan, and then of the rest."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        code = data[place + 1]
        if code == 0xFF:  # fill
            place += 1
            continue
        if code == _SCAN:
            yield code, place, len(data)
            return
        stop = place + 2 + int.from_bytes(data[place + 2 : place + 4])
        yield code, place, stop
        place = stop
    raise ValueError("no scan in the JPEG")


def jpeg_frame(data: bytes) -> JpegFrame:
    """Read the header of a JPEG that Pillow has already read.

    Raises:
        ValueError: there is no frame or no scan.
    """
    baseline, photometric, profile, transform, jfif = False, "", False, None, False
    for code, start, stop in _segments(data):
        body = data[start + 4 : stop]
        jfif = jfif or (code == _APP0 and body.startswith(b"JFIF"))
        profile = profile or (code == 0xE2 and body.startswith(_ICC))
        if code == _APP14 and body.startswith(b"Adobe") and len(body) > 11:
            transform = body[11]
        if code in _FRAMES:
            baseline = code == _BASELINE and body[0] == 8
            components = [body[6 + 3 * index : 9 + 3 * index] for index in range(body[5])]
            photometric = _photometric(components, transform, jfif)
    if not photometric:
        raise ValueError("no frame in the JPEG")
    return JpegFrame(baseline, photometric, profile)


def _photometric(components: list[bytes], transform: int | None, jfif: bool) -> str:
    if len(components) != 3:
        return "MONOCHROME2" if len(components) == 1 else "OTHER"
    if transform == 0 or (transform is None and not jfif and bytes(part[0] for part in components) == b"RGB"):
        return "RGB"
    return "YBR_FULL" if components[0][1] == 0x11 else "YBR_FULL_422"


def without_metadata(data: bytes) -> bytes:
    """The same JPEG with no application segment but JFIF's and Adobe's, which say how to decode it, and no comment.

    Raises:
        ValueError: there is no scan.
    """
    kept = [data[:2]]
    for code, start, stop in _segments(data):
        drop = code == _COMMENT or _APP0 < code <= _APP15
        if code == _APP0:
            drop = not data[start + 4 :].startswith(b"JFIF")
        if code == _APP14:
            drop = not data[start + 4 :].startswith(b"Adobe")
        if code == _APP0 and not drop:
            kept.append(b"\xff\xe0\x00\x10" + data[start + 4 : start + 16] + b"\0\0")  # without its thumbnail
        elif not drop:
            kept.append(data[start:stop])
    whole = b"".join(kept)
    end = whole.rfind(b"\xff\xd9")  # what follows the picture may be anything, such as another picture
    return whole[: end + 2] if end > whole.find(START_OF_SCAN) else whole
