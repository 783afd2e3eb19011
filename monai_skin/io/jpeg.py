# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a JPEG holds its whole picture: libjpeg paints what is missing grey, and says so only in a warning.

"ITU-T T.81: Digital compression and coding of continuous-tone still images", 1992.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import JpegImagePlugin

__all__ = ["END_OF_IMAGE", "MAX_SCANS", "START_OF_SCAN", "check_jpeg"]

END_OF_IMAGE, START_OF_SCAN = b"\xff\xd9", b"\xff\xda"
MAX_SCANS = 64
"""Each scan of a progressive JPEG is a pass over the whole picture; encoders write about ten."""

_SOS, _EOI, _DRI, _FILL = 0xDA, 0xD9, 0xDD, 0xFF
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # any but stuffing, restarts and fill bytes
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_FILLER = bytes(range(1, 241)) * 18  # entropy-coded data as good as any, without a marker


@dataclass(frozen=True)
class _Scan:
    """One scan: its components, the coefficients and bits it codes, and where its entropy-coded data stand."""

    components: tuple[int, ...]
    coefficients: range
    bits_left: int
    restart_interval: int
    start: int
    data: bytes

    def stop(self) -> int:
        marker = _MARKER.search(self.data, self.start)
        return marker.start() if marker else len(self.data)

    def restarts(self) -> int:
        return len(_RESTART.findall(self.data, self.start, self.stop()))


def check_jpeg(image: JpegImagePlugin.JpegImageFile, data: bytes, size: tuple[int, int]) -> None:
    """Raise ``EOFError`` where ``image`` was decoded from an incomplete file.

    The usual file costs one walk over its header, one search for its end and one look at the last pixel.

    Args:
        image: the decoded picture, perhaps at a reduced scale.
        data: its file.
        size: width and height that the header states.
    """
    scans = _scans(data)
    first = next(scans, None)
    if first is None or data.rfind(END_OF_IMAGE, first.start) < 0:
        raise EOFError("no end of image")
    in_one_scan = "progressive" not in image.info and len(first.components) == len(image.layer)
    every = [first] if in_one_scan else [first, *scans]
    if not in_one_scan:
        _check_every_coefficient(image, every)
    if any(scan.restart_interval and scan.restarts() < _expected_restarts(image, scan, size) for scan in every):
        raise EOFError("restart intervals are missing")
    if not in_one_scan or _last_pixel_is_mid_grey(image):
        _check_end_of_scan(image, data[: every[-1].stop()], size)


def _last_pixel_is_mid_grey(image: JpegImagePlugin.JpegImageFile) -> bool:
    # A block that libjpeg never saw has only zero coefficients, which is mid-grey; the last block goes missing first.
    return image.getpixel((image.width - 1, image.height - 1)) in (128, (128, 128, 128))


def _scans(data: bytes) -> Iterator[_Scan]:
    """Every scan up to the end of the first picture in the file, found as they are asked for."""
    place, interval = 2, 0
    while place + 4 <= len(data):
        code = data[place + 1] if data[place] == _FILL else _FILL
        if code == _EOI:
            return
        if code in (0, _FILL) or code in _WITHOUT_LENGTH:  # junk and padding, which decoders skip too
            place += 2 if code in _WITHOUT_LENGTH else 1
            continue
        body, place = place + 4, place + 2 + int.from_bytes(data[place + 2 : place + 4])
        if code == _DRI:
            interval = int.from_bytes(data[body : body + 2])
        if code == _SOS:
            scan = _scan(data, body, place, interval)
            yield scan
            place = scan.stop()


def _scan(data: bytes, body: int, start: int, interval: int) -> _Scan:
    count = data[body]
    components = tuple(data[body + 1 : body + 1 + 2 * count : 2])
    first, last, bits = data[body + 1 + 2 * count : body + 4 + 2 * count]
    return _Scan(components, range(first, last + 1), bits & 15, interval, start, data)


def _check_every_coefficient(image: JpegImagePlugin.JpegImageFile, scans: list[_Scan]) -> None:
    whole = [scan for scan in scans if scan.bits_left == 0]
    seen = {(component, index) for scan in whole for component in scan.components for index in scan.coefficients}
    if len(seen) < 64 * len(image.layer):
        raise EOFError("scans are missing")


def _expected_restarts(image: JpegImagePlugin.JpegImageFile, scan: _Scan, size: tuple[int, int]) -> int:
    """Restart markers stand between groups of units: blocks of one component, or of several (T.81, A.2)."""
    widest, tallest = max(layer[1] for layer in image.layer), max(layer[2] for layer in image.layer)
    columns, rows = -(-size[0] // (8 * widest)), -(-size[1] // (8 * tallest))
    if len(scan.components) == 1:
        across, down = next((layer[1:3] for layer in image.layer if layer[0] == scan.components[0]), (1, 1))
        columns, rows = -(-size[0] * across // (8 * widest)), -(-size[1] * down // (8 * tallest))
    return -(-columns * rows // scan.restart_interval) - 1


def _check_end_of_scan(image: JpegImagePlugin.JpegImageFile, data: bytes, size: tuple[int, int]) -> None:
    """Decode again with other bytes after the last scan: they change nothing if the scan was whole."""
    again = JpegImagePlugin.JpegImageFile(io.BytesIO(data + _FILLER + END_OF_IMAGE), "")
    scale = image.decoderconfig[0] if image.decoderconfig else 1
    again.draft(None, (size[0] // scale, size[1] // scale))
    again.load()
    if again.tobytes() != image.tobytes():
        raise EOFError("the last scan is cut off")
