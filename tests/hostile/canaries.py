# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""What tells who a person is, planted wherever a file has room for it, and a search for it in every coding."""

from __future__ import annotations

import base64
import gzip
import io
import struct
import warnings
from pathlib import Path
from urllib.parse import quote

import numpy as np
from PIL import Image, PngImagePlugin
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset

from monai_skin.dicom import confidentiality_table
from tests.dicom.objects import dataset, written

MARK = "Qwyxzkvj"
NAME, NUMBER, TEXT, FOLDER = f"{MARK}né", f"{MARK}nr", f"{MARK}tx", f"{MARK} folder"
DATES = ("17760704", "1776-07-04", "1776:07:04", "1776.07.04")
UID = "2.25.31415926535897"
PLACE, PARTS = 29613141, 1_000_000  # a coordinate
CANARIES = (MARK, *DATES, UID.removeprefix("2.25."), str(PLACE))
VALUES = {"DA": DATES[0], "DT": DATES[0], "TM": "1234", "AS": "030Y", "UI": UID, "PN": f"{NAME}^{TEXT}"}
VALUES |= {"AE": TEXT, "SH": TEXT, "CS": TEXT.upper(), "LO": NUMBER, "LT": TEXT, "ST": TEXT, "UT": TEXT, "UC": TEXT}
VALUES |= {"UR": f"http://{TEXT}", "OB": TEXT.encode(), "UN": TEXT.encode()}
SPECIAL = {"PatientAge": "030Y", "PatientSex": "F", "PatientBirthDate": "", "PatientWeight": None, "PatientSize": None}
NOT_FREE = ("0000", "0002", "0004")


def planted_object(pixels: np.ndarray, **elements: object) -> bytes:
    """A photograph whose every element that says something of the person, and a private one, holds a canary."""
    found = dataset(pixels, SpecificCharacterSet="ISO_IR 192")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for keyword, action in confidentiality_table().items():
            tag = tag_for_keyword(keyword)
            if action == "K" or tag is None or f"{tag >> 16:04X}" in NOT_FREE or keyword in ("SOPInstanceUID",):
                continue
            value = _planted(keyword, dictionary_VR(tag))
            if value is not None:
                setattr(found, keyword, value)
        found.private_block(0x0011, TEXT, create=True).add_new(1, "LO", NUMBER)
        for keyword, value in {"SOPInstanceUID": UID, **SPECIAL, **elements}.items():
            setattr(found, keyword, value)
    return written(found)


def _planted(keyword: str, kind: str) -> object:
    if kind != "SQ":
        return VALUES.get(kind)
    item = Dataset()
    item.PatientName, item.PatientComments, item.StudyDate = VALUES["PN"], TEXT, DATES[0]
    return [item]


def planted_pictures(pixels: np.ndarray) -> dict[str, bytes]:
    """The picture as JPEG, PNG and TIFF, with canaries in EXIF, GPS, XMP, IPTC, comments and text chunks."""
    image, exif = Image.fromarray(pixels), Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x9003], exif[0x9286] = TEXT, NAME, DATES[2], TEXT.encode()
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[29] = "N", (48.0, PLACE / PARTS, 0.0), DATES[2]
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:creator>{NAME}</dc:creator></x:xmpmeta>".encode()
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", NAME)
    words.add_text("Comment", TEXT, zip=True)
    words.add_itxt("XML:com.adobe.xmp", xmp.decode(), zip=True)
    files = {}
    for kind, options in (
        ("JPEG", {"exif": exif, "comment": TEXT.encode(), "xmp": xmp}),
        ("PNG", {"exif": exif, "pnginfo": words}),
        ("TIFF", {"tiffinfo": {270: TEXT, 315: NAME.encode("ascii", "replace").decode(), 306: DATES[2]}}),
    ):
        stream = io.BytesIO()
        image.save(stream, kind, **options)
        files[kind.lower()] = _with_iptc(stream.getvalue()) if kind == "JPEG" else stream.getvalue()
    return files


def _with_iptc(jpeg: bytes) -> bytes:
    """Photoshop's segment 13 with an IPTC caption and city behind the start of a JPEG."""
    fields = b"".join(
        b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(text)) + text
        for number, text in ((120, TEXT.encode()), (90, NAME.encode("latin-1")), (55, DATES[0].encode()))
    )
    fields += bytes(len(fields) % 2)
    block = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(fields)) + fields
    return jpeg[:2] + b"\xff\xed" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


def forms(canary: str) -> set[bytes]:
    """A canary as UTF-8, UTF-16, Latin-1, hexadecimal, base64 at each alignment, and in a URL; of numbers as bytes."""
    plain = canary.encode()
    found = {
        plain,
        canary.encode("utf-16-le"),
        canary.encode("utf-16-be"),
        canary.encode("latin-1"),
        quote(canary).encode(),
    }
    found |= {plain.hex().encode(), plain.hex().upper().encode()}
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + plain + bytes(-(len(plain) + shift) % 3))
        found.add(coded[4 if shift else 0 : -4 if (len(plain) + shift) % 3 else None])
    if canary == str(PLACE):
        found |= {struct.pack(order, PLACE, PARTS) for order in ("<II", ">II")}
    return {form for form in found if len(form) >= 8}


PATTERNS = sorted({form for canary in CANARIES for form in forms(canary)})
LOWER = sorted({canary.lower().encode() for canary in CANARIES})


def canaries_in(content: bytes | str) -> list[bytes]:
    """The forms of canaries in some bytes, plain text in whatever case."""
    data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    lower = data.lower()
    return [form for form in PATTERNS if form in data] or [form for form in LOWER if form in lower]


def songs(folder: Path, *, but: tuple[str, ...] = ()) -> dict[str, list[bytes]]:
    """Every file below a folder, and its name, that holds a canary, except in folders that may."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder)
        if name.parts[0] in but:
            continue
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        heard = canaries_in(f"{name}\n") + canaries_in(content)
        if heard:
            found[str(name)] = heard
    return found
